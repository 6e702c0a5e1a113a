"""Guidance: how long its texts may be, and when a message counts as being about a topic."""

from assistant.settings.environment import env

GUIDANCE_PERSONA_MAX_CHARS = env.int("GUIDANCE_PERSONA_MAX_CHARS", default=600)
GUIDANCE_TONE_MAX_CHARS = env.int("GUIDANCE_TONE_MAX_CHARS", default=600)
GUIDANCE_LIST_MAX_ITEMS = env.int("GUIDANCE_LIST_MAX_ITEMS", default=20)  # of "do" and of "do not"
GUIDANCE_ITEM_MAX_CHARS = env.int("GUIDANCE_ITEM_MAX_CHARS", default=300)
GUIDANCE_MAX_TOPICS = env.int("GUIDANCE_MAX_TOPICS", default=20)  # forbidden ones; and as many reasons to hand over
GUIDANCE_TOPIC_NAME_MAX_CHARS = env.int("GUIDANCE_TOPIC_NAME_MAX_CHARS", default=120)
GUIDANCE_TOPIC_MAX_EXAMPLES = env.int("GUIDANCE_TOPIC_MAX_EXAMPLES", default=20)  # and as many words
GUIDANCE_EXAMPLE_MAX_CHARS = env.int("GUIDANCE_EXAMPLE_MAX_CHARS", default=200)
GUIDANCE_REPLY_MAX_CHARS = env.int("GUIDANCE_REPLY_MAX_CHARS", default=600)  # of a set reply
GUIDANCE_MAX_CHARS = env.int("GUIDANCE_MAX_CHARS", default=12_000)  # of all texts together
# Cosine between a message and a topic or one of its examples; see docs/guidance.md for what 0.5 finds and misses.
GUIDANCE_SIMILARITY_MIN = env.float("GUIDANCE_SIMILARITY_MIN", default=0.5)
GUIDANCE_PREVIEW_QUESTIONS = env.int("GUIDANCE_PREVIEW_QUESTIONS", default=5)
GUIDANCE_PREVIEW_KEPT_S = env.int("GUIDANCE_PREVIEW_KEPT_S", default=3_600)
REPLY_SHORT_MAX_TOKENS = env.int("REPLY_SHORT_MAX_TOKENS", default=400)  # never more than REPLY_MAX_TOKENS
REPLY_DETAILED_MAX_TOKENS = env.int("REPLY_DETAILED_MAX_TOKENS", default=1_600)  # never fewer than REPLY_MAX_TOKENS

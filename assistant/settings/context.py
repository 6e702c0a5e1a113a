"""Contents of a prompt: recent messages, passages, summary, memory."""

from assistant.settings.environment import env

CONTEXT_MAX_TOKENS = env.int("CONTEXT_MAX_TOKENS", default=6_000)
REPLY_MAX_TOKENS = env.int("REPLY_MAX_TOKENS", default=800)
REPLY_MAX_CHARS = env.int("REPLY_MAX_CHARS", default=20_000)  # cuts off a model that writes more than REPLY_MAX_TOKENS
RECENT_MESSAGES = env.int("RECENT_MESSAGES", default=3)
PASSAGES_MAX_TOKENS = env.int("PASSAGES_MAX_TOKENS", default=1_800)
PASSAGES_MAX = env.int("PASSAGES_MAX", default=5)
SUMMARY_MAX_WORDS = env.int("SUMMARY_MAX_WORDS", default=120)
SUMMARY_STEP_MESSAGES = env.int("SUMMARY_STEP_MESSAGES", default=2)
SUMMARY_MODEL_WORDS = env.int("SUMMARY_MODEL_WORDS", default=0)  # 0: by the size of the small model
EVALUATION_ASKS_SMALL_MODEL = env.bool("EVALUATION_ASKS_SMALL_MODEL", default=False)
SUMMARY_TIMEOUT_S = env.float("SUMMARY_TIMEOUT_S", default=90.0)
RECENT_HISTORY_MAX_TOKENS = env.int(
    "RECENT_HISTORY_MAX_TOKENS", default=500
)  # of the messages after the summary, while the prefix cache is warm
RECENT_HISTORY_CACHED_MAX_TOKENS = env.int(
    "RECENT_HISTORY_CACHED_MAX_TOKENS", default=4_600
)  # the same if cached input costs less
PREFIX_CACHE_TTL_S = env.int("PREFIX_CACHE_TTL_S", default=300)  # how long the provider keeps a prompt's prefix
PREFIX_CACHE_MIN_TOKENS = env.int("PREFIX_CACHE_MIN_TOKENS", default=1_024)  # shorter prefixes are not cached
MEMORY_MAX_TOKENS = env.int("MEMORY_MAX_TOKENS", default=160)
MEMORY_MESSAGES = env.int("MEMORY_MESSAGES", default=2_000)  # older messages that are searched
MEMORY_CANDIDATES = env.int("MEMORY_CANDIDATES", default=100)

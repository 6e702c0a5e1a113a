"""Which model answers which question."""

from assistant.settings.environment import env

# always_large, balanced or thrifty; for workspaces that choose none. It counts where both tiers have a model.
ROUTING_POLICY = env.str("ROUTING_POLICY", default="balanced")
# Languages in which the small model may answer under `balanced`; the checks of its answers read English best.
ROUTING_SMALL_LANGUAGES = env.list("ROUTING_SMALL_LANGUAGES", default=["en"])
# The longest that a customer waits for the small model before the large one is asked.
ROUTING_SMALL_TIMEOUT_S = env.float("ROUTING_SMALL_TIMEOUT_S", default=8.0)

"""Events and replies."""

from assistant.settings.environment import env

SOCKET_POLL_INTERVAL_S = env.float("SOCKET_POLL_INTERVAL_S", default=15.0)
EVENTS_KEPT = env.int("EVENTS_KEPT", default=5_000)
EVENTS_TTL_S = env.int("EVENTS_TTL_S", default=7 * 24 * 3600)
MESSAGE_COALESCING_S = env.float("MESSAGE_COALESCING_S", default=1.0)  # messages within it share one reply; 0: never
REPLY_LEASE_S = env.float("REPLY_LEASE_S", default=8.0)
REPLY_SAVE_INTERVAL_S = env.float("REPLY_SAVE_INTERVAL_S", default=1.0)
REPLY_DELTAS_PER_S = env.float("REPLY_DELTAS_PER_S", default=10.0)
PROCESS_DELTAS_PER_S = env.float("PROCESS_DELTAS_PER_S", default=250.0)
REPLY_MAX_ATTEMPTS = env.int("REPLY_MAX_ATTEMPTS", default=3)
REPLY_TIMEOUT_S = env.float("REPLY_TIMEOUT_S", default=120.0)
REST_WAIT_S = env.float("REST_WAIT_S", default=110.0)
SSE_COMMENT_INTERVAL_S = env.float("SSE_COMMENT_INTERVAL_S", default=10.0)

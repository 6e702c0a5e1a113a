"""The answer cache."""

from assistant.settings.environment import env

CACHE_TTL_S = env.int("CACHE_TTL_S", default=24 * 3600)  # static answers; also invalidated when a source changes
CACHE_DYNAMIC_TTL_S = env.int("CACHE_DYNAMIC_TTL_S", default=300)
CACHE_TTL_JITTER_SHARE = env.float("CACHE_TTL_JITTER_SHARE", default=0.1)
CACHE_MAX_WRONG = env.float("CACHE_MAX_WRONG", default=0.01)  # upper 95 % bound on wrong per served answer
CACHE_MIN_VISITORS = env.int("CACHE_MIN_VISITORS", default=1)  # who must have asked before an answer is shared
CACHE_CANDIDATES = env.int("CACHE_CANDIDATES", default=5)
CACHE_RECHECK_SIMILARITY = env.float("CACHE_RECHECK_SIMILARITY", default=0.5)  # cosine of a new passage
CACHE_SHADOW_SHARE = env.float("CACHE_SHADOW_SHARE", default=0.05)
CACHE_SHADOW_FIRST_HITS = env.int("CACHE_SHADOW_FIRST_HITS", default=3)
CACHE_LEAD_LEASE_S = env.float("CACHE_LEAD_LEASE_S", default=10.0)
CACHE_FOLLOW_WAIT_S = env.float("CACHE_FOLLOW_WAIT_S", default=20.0)  # for another request's answer; then generate one

"""Visitors: sessions, signed identities, trusted proxies."""

from ipaddress import ip_network

from assistant.settings.environment import env

API_KEY_OVERLAP_S = env.int("API_KEY_OVERLAP_S", default=24 * 3600)  # how long a replaced key still works
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", subcast=ip_network, default=[])
ACCESS_CHECK_INTERVAL_S = env.float("ACCESS_CHECK_INTERVAL_S", default=2.0)  # between checks of open connections
SESSION_TTL_S = env.int("SESSION_TTL_S", default=30 * 24 * 3600)
IDENTITY_MAX_AGE_S = env.int("IDENTITY_MAX_AGE_S", default=600)
IDENTITY_LEEWAY_S = env.float("IDENTITY_LEEWAY_S", default=30.0)  # tolerance between the shop's clock and ours
IDENTITY_AUDIENCE = env.str("IDENTITY_AUDIENCE", default="")  # required in a token's `aud`; empty: not checked
IDENTITY_TOKEN_ONCE = env.bool("IDENTITY_TOKEN_ONCE", default=False)
IDENTITY_HASH_WITHOUT_EXP = env.bool("IDENTITY_HASH_WITHOUT_EXP", default=True)
VISIT_ATTRIBUTES_MAX = env.int("VISIT_ATTRIBUTES_MAX", default=30)  # set by a page for one visitor
VISIT_ATTRIBUTE_MAX_CHARS = env.int("VISIT_ATTRIBUTE_MAX_CHARS", default=255)

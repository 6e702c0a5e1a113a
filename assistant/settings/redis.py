"""Redis: cache, channel layer."""

from assistant.embedded import state
from assistant.redis import connection
from assistant.settings.environment import EMBEDDED, env

REDIS_URL = env.str("REDIS_URL", default=state.redis_url(EMBEDDED) or "redis://127.0.0.1:6379/0")
REDIS_TIMEOUT_S = env.float("REDIS_TIMEOUT_S", default=1.0)
REDIS_RETRY_AFTER_S = env.float("REDIS_RETRY_AFTER_S", default=2.0)  # by all, when it did not answer one of them
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": connection.options(REDIS_TIMEOUT_S),
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "max_connections": 1000, **connection.async_options(REDIS_TIMEOUT_S)}],
            # Who publishes is heard in all databases of a Redis, and each may be another shop's.
            "prefix": f"asgi-{REDIS_URL.rpartition('/')[2]}",
        },
    }
}

"""Redis: cache, channel layer."""

from assistant.embedded import state
from assistant.redis import connection
from assistant.settings.environment import EMBEDDED, env

REDIS_URL = env.str("REDIS_URL", default=state.redis_url(EMBEDDED) or "redis://127.0.0.1:6379/0")
REDIS_TIMEOUT_S = env.float("REDIS_TIMEOUT_S", default=1.0)
REDIS_RETRY_AFTER_S = env.float("REDIS_RETRY_AFTER_S", default=2.0)  # for all callers, after one of them timed out
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
            # Published messages are visible in all databases of a Redis server, and each may belong to another shop.
            "prefix": f"asgi-{REDIS_URL.rpartition('/')[2]}",
        },
    }
}

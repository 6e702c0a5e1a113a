"""Secret key, passwords, cookies, content security policy."""

from django.core.exceptions import ImproperlyConfigured

from assistant.embedded import state
from assistant.settings.environment import EMBEDDED, env
from assistant.settings.server import PUBLIC_URL

SECRET_KEY = env.str("SECRET_KEY", default="") or state.read(EMBEDDED).get("secret_key", "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. `make run` makes and keeps one by itself. Anywhere else set SECRET_KEY, in the "
        "environment or in .env, to 50 random characters, the same for all processes. This prints some: "
        "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
# Behind a TLS proxy the browser's origin is https, but the request that arrives here is http.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=False)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}
CORS_URLS_REGEX = r"^/api/v1/(widget/.*|attachments/.*|messages/.*/rating/|conversations/(.*/messages/)?)$"
CORS_ALLOW_ALL_ORIGINS = True  # the widget endpoints carry no cookie and check the origin themselves

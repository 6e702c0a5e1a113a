"""The settings tests run under: real Postgres, real Redis, and no engine that costs money."""

import os

from assistant.settings import *  # noqa: F403

SECRET_KEY = "only-for-tests-" + "t" * 40
DATABASES["default"]["TEST"] = {"NAME": "test_brevity_" + os.environ.get("TEST_DATABASE_SUFFIX", "all")}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING["root"]["level"] = "WARNING"  # noqa: F405
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True  # a task that fails shows why
REPLY_BURST_S = 0.0  # short questions of tests are answered at once

"""Settings of the tests: real Postgres, real Redis, and no engine that costs money."""

import os
from urllib.parse import urlsplit

os.environ["ENV_FILE"] = os.devnull  # what a .env names is somebody's: Redis is emptied here, and questions are asked
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "t" * 40)
if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # each worker has a Redis database of its own; gw0 is the first
    redis_url = urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
    number = int(redis_url.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
    os.environ["REDIS_URL"] = redis_url._replace(path=f"/{number}").geturl()

from assistant.settings import *  # noqa: F403

DATABASES["default"]["TEST"] = {"NAME": "test_brevity_" + os.environ.get("TEST_DATABASE_SUFFIX", "all")}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING["root"]["level"] = "WARNING"  # noqa: F405
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True  # a task that fails shows why
MESSAGE_COALESCING_S = 0.0  # short questions of tests are answered at once
MODEL_CONNECTIONS = False  # tests of models set in the admin turn it on; all others name their engines in settings
MODEL_SERVERS_PRIVATE = "all"  # the fake model servers answer on this machine
ERASURE_LEDGER = ""  # no file; tests of it name one
OCR_ENGINE = "off"  # each picture takes seconds; tests of reading turn it on

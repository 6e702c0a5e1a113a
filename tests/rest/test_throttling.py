"""Counting requests must not slow down or break them."""

import pytest
from rest_framework.test import APIRequestFactory

from assistant.rest.throttling import KeyThrottle
from assistant.workspaces.models import ApiKey


@pytest.mark.django_db
def test_without_redis_nobody_is_refused(workspace, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    request = APIRequestFactory().get("/")
    request.auth, _ = ApiKey.issue(workspace, "for tests", [])

    assert KeyThrottle().allow_request(request, None) is True


@pytest.mark.django_db
def test_a_redis_that_lost_its_counters_refuses_nobody(workspace, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    request = APIRequestFactory().get("/")
    request.auth, _ = ApiKey.issue(workspace, "for tests", [])

    assert KeyThrottle().allow_request(request, None) is True

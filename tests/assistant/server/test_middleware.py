"""Middleware in the event loop works as in a thread: sessions, CSRF checks, headers."""

import warnings

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import AsyncClient

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = "/admin/login/?next=/admin/"
PASSWORD = "rosa-works-here"


async def test_a_form_without_its_token_is_refused():
    refused = await AsyncClient(enforce_csrf_checks=True).post(LOGIN, {"username": "rosa", "password": PASSWORD})

    assert refused.status_code == 403


async def test_who_logs_in_stays_logged_in():
    await sync_to_async(get_user_model().objects.create_superuser)("rosa", password=PASSWORD)
    client = AsyncClient(enforce_csrf_checks=True)
    form = await client.get(LOGIN)
    token = form.cookies["csrftoken"].value
    sent = {"username": "rosa", "password": PASSWORD, "csrfmiddlewaretoken": token}
    entered = await client.post(LOGIN, sent)
    page = await client.get("/admin/")

    assert (entered.status_code, page.status_code) == (302, 200)
    assert await Session.objects.acount() == 1


@pytest.mark.parametrize(("origin", "status"), [(settings.PUBLIC_URL, 302), ("https://evil.test", 403)])
async def test_behind_a_proxy_forms_come_from_the_public_address_alone(origin: str, status: int):
    await sync_to_async(get_user_model().objects.create_superuser)("rosa", password=PASSWORD)
    client = AsyncClient(enforce_csrf_checks=True)
    token = (await client.get(LOGIN)).cookies["csrftoken"].value
    sent = {"username": "rosa", "password": PASSWORD, "csrfmiddlewaretoken": token}

    answer = await client.post(LOGIN, sent, headers={"origin": origin})

    assert answer.status_code == status


async def test_a_static_file_is_sent_whole_and_once():
    client, path = AsyncClient(), "/static/workspaces/staff.css"

    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="StreamingHttpResponse must consume")  # a file that Django reads whole
        sent = await client.get(path)
    head = await client.head(path)
    known = await client.get(path, headers={"if-modified-since": sent["Last-Modified"]})
    part = await client.get(path, headers={"range": "bytes=0-9"})
    missing = await client.get("/static/none.css")

    assert sent["Content-Type"].startswith("text/css")
    assert len(sent.content) == int(sent["Content-Length"]) == int(head["Content-Length"])
    assert head.content == b""
    assert (known.status_code, known.content) == (304, b"")
    assert (part.status_code, part.content) == (206, sent.content[:10])
    assert missing.status_code == 404


async def test_every_answer_has_its_headers():
    answer = await AsyncClient().get("/healthz")

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "default-src" in answer["Content-Security-Policy"]

"""Events are sent to the shop's endpoints, signed, after the commit, and to nobody else."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from assistant.webhooks import delivery as webhooks_delivery
from assistant.webhooks import http_client, outbox
from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Workspace
from tests.rest.sink import Sink
from tests.rest.sink import sink as sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endpoint(workspace: Workspace) -> Callable[..., Endpoint]:
    return lambda sink, **fields: Endpoint.objects.create(workspace=workspace, url=sink.url, **fields)


def tell(workspace: Workspace, kind: str = "message.created", **data: Any) -> None:
    with transaction.atomic():
        outbox.record(workspace.pk, kind, **data)


def verified(call: dict[str, Any], secret: str) -> Any:
    return Webhook(secret).verify(call["body"], call["headers"])


def test_an_event_arrives_signed_by_standard_webhooks(workspace, endpoint, sink):
    shop = sink(200)
    told = endpoint(shop)

    tell(workspace, conversation="c-1")

    event = verified(shop.calls[0], told.secret)
    assert (event["type"], event["data"]) == ("message.created", {"conversation": "c-1"})
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("delivered", 1)
    assert shop.calls[0]["headers"]["webhook-id"] == delivery.message_id
    with pytest.raises(WebhookVerificationError):
        verified({**shop.calls[0], "body": b"{}"}, told.secret)


def test_a_change_that_is_rolled_back_is_never_told(workspace, endpoint, sink):
    shop = sink(200)
    endpoint(shop)

    with transaction.atomic():
        outbox.record(workspace.pk, "message.created")
        transaction.set_rollback(True)
    webhooks_delivery.deliver_due()

    assert shop.calls == []
    assert not Delivery.objects.exists()


def test_an_endpoint_hears_only_what_it_asked_for(workspace, endpoint, sink):
    shop = sink(200)
    endpoint(shop, events=["article.published"])
    endpoint(shop, enabled=False)

    tell(workspace, "message.created")
    tell(workspace, "article.published")

    assert [body["type"] for body in shop.bodies()] == ["article.published"]


@pytest.mark.parametrize("failing", [500, 429, 302, 404])
def test_what_is_not_2xx_is_tried_again_under_the_same_id(workspace, endpoint, sink, settings, failing):
    settings.WEBHOOK_TIME_SCALE = 0.001
    shop = sink((failing, {"Location": "http://127.0.0.1:1/"}), 204)
    told = endpoint(shop)

    tell(workspace)
    time.sleep(0.02)
    webhooks_delivery.deliver_due()

    first, second = shop.calls
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]
    assert verified(second, told.secret)
    delivery = Delivery.objects.get()
    assert [entry["status"] for entry in delivery.log] == [failing, 204]
    assert delivery.status == "delivered"


def test_the_schedule_spans_three_days_and_then_ends(workspace, endpoint, sink):
    shop = sink(500)
    endpoint(shop)
    tell(workspace)
    waits_s = []

    while (delivery := Delivery.objects.get()).status == "pending":
        waits_s.append((delivery.next_attempt_at - timezone.now()).total_seconds())
        Delivery.objects.update(next_attempt_at=timezone.now())
        webhooks_delivery.deliver_due()

    assert len(shop.calls) == delivery.attempts == 10
    assert delivery.status == "failed"
    for waited, planned in zip(waits_s, webhooks_delivery.SCHEDULE_S[1:], strict=True):
        assert planned * 0.88 - 2 <= waited <= planned * 1.12
    assert sum(webhooks_delivery.SCHEDULE_S) == pytest.approx(75.6 * 3600, rel=0.01)


def test_retry_after_is_honoured(workspace, endpoint, sink):
    endpoint(sink((429, {"Retry-After": "600"})))

    tell(workspace)

    assert Delivery.objects.get().next_attempt_at > timezone.now() + timedelta(seconds=590)


def test_an_endpoint_that_is_gone_is_disabled(workspace, endpoint, sink):
    told = endpoint(sink(410))

    tell(workspace)
    tell(workspace)

    told.refresh_from_db()
    assert (told.enabled, told.disabled_reason) == (False, "The endpoint returned 410 Gone.")
    assert [delivery.status for delivery in Delivery.objects.all()] == ["failed"]


@pytest.mark.timing
def test_one_endpoint_that_hangs_delays_no_other(workspace, endpoint, sink, settings):
    settings.WEBHOOK_TIMEOUT_S = 60  # it hangs for as long as the test lasts
    good, hanging = sink(200), sink("hang")
    fine = endpoint(good)
    alone_s = p95_of_a_hundred_s(good, [fine])
    stuck, under_way = endpoint(hanging), []

    def let_go() -> None:
        under_way.append(len(hanging.calls))
        hanging.closing.set()

    beside_s = p95_of_a_hundred_s(good, [fine, stuck], then=let_go)

    assert beside_s < max(2, 3 * alone_s)  # a slow machine is slow alone too
    assert 1 <= under_way[0] <= webhooks_delivery.AT_ONCE_EACH
    assert not stuck.deliveries.filter(status="delivered").exists()


def p95_of_a_hundred_s(good: Sink, endpoints: list[Endpoint], then: Callable[[], Any] = lambda: None) -> float:
    """Return the time in which 95 of 100 events reached the sink that works. `then` is called once all have."""
    known = len(good.calls)
    Delivery.objects.bulk_create(
        [Delivery(endpoint=each, type="t", payload={"n": n}) for n in range(100) for each in endpoints]
    )
    began = time.monotonic()
    carrying = threading.Thread(target=carried, args=[3])
    carrying.start()
    while len(good.calls) < known + 100 and time.monotonic() < began + 60:
        time.sleep(0.01)
    then()
    carrying.join()
    took_s = sorted(call["at"] - began for call in good.calls[known:])
    assert len(took_s) == 100
    return took_s[94]


def carried(at_most_s: float) -> None:
    webhooks_delivery.deliver_due(at_most_s)
    connection.close()


def test_while_a_secret_is_replaced_both_verify(workspace, endpoint, sink):
    shop = sink(200)
    told = endpoint(shop)
    old = told.secret
    told.rotate()

    tell(workspace)
    Endpoint.objects.update(previous_secret_until=timezone.now())
    tell(workspace)

    assert verified(shop.calls[0], old) == verified(shop.calls[0], told.secret)
    with pytest.raises(WebhookVerificationError):
        verified(shop.calls[1], old)


def test_a_delivery_can_be_sent_again(workspace, endpoint, sink):
    shop = sink(200)
    told = endpoint(shop)
    tell(workspace)

    assert webhooks_delivery.redeliver(told, [Delivery.objects.get().pk]) == 1
    webhooks_delivery.deliver_due()

    assert len({call["headers"]["webhook-id"] for call in shop.calls}) == 1
    assert len(shop.calls) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://user:pass@example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://example.com/",
    ],
)
def test_addresses_in_our_own_network_are_never_called(url):
    with pytest.raises(http_client.AddressRefused):
        http_client.call("POST", url, b"", {}, timeout_s=1)


def test_a_name_that_turns_to_our_own_network_after_it_was_saved_is_refused(workspace, endpoint, sink, settings):
    shop = sink(200)
    endpoint(shop)
    settings.WEBHOOK_ALLOWED_PRIVATE = []

    tell(workspace)

    assert shop.calls == []
    assert "https" in Delivery.objects.get().log[0]["error"]


def test_only_so_much_of_an_answer_is_read(sink):
    assert http_client.call("POST", sink(200).url, b"x", {}, timeout_s=2, max_bytes=1).body == b"{"


async def test_endpoints_are_kept_over_rest_and_the_secret_is_shown_once(api, globex_api, sink, settings):
    settings.WEBHOOK_ALLOWED_PRIVATE = ["hooks.test:80"]
    refused = await api.post("/webhooks/", json={"url": "http://10.0.0.1/"})
    made = await api.post("/webhooks/", json={"url": "http://hooks.test/x", "events": ["gap.found"]})
    address = f"/webhooks/{made.json()['id']}/"

    assert refused.status_code == 400
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in (await api.get(address)).json()
    rotated = await api.post(f"{address}rotate/")
    assert rotated.json()["secret"] != made.json()["secret"]
    changed = await api.patch(address, json={"enabled": False, "secret": "mine", "workspace": "other"})
    assert changed.json()["enabled"] is False
    assert (await Endpoint.objects.aget()).secret == rotated.json()["secret"]
    assert (await globex_api.get(address)).status_code == 404
    assert (await api.get(f"{address}deliveries/")).json()["results"] == []
    assert (await api.delete(address)).status_code == 204


async def test_what_happens_in_a_conversation_is_told(api, opened, no_engine, sink):
    shop = sink(200)
    await api.post("/webhooks/", json={"url": shop.url})
    conversation = await opened()

    said = (await api.post(f"/conversations/{conversation}/messages/", json={"text": "Hello!"})).json()
    await api.post(f"/conversations/{conversation}/handoff/")

    told = {body["type"]: body["data"] for body in shop.bodies()}
    assert set(told) >= {"message.created", "reply.completed", "conversation.updated", "handoff.requested"}
    assert told["message.created"]["message"]["id"] == said["message"]["id"]
    assert told["reply.completed"]["message"]["text"] == said["reply"]["text"]
    assert told["handoff.requested"]["reason"] == "asked"

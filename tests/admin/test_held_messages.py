"""The review queue, the gate's thresholds and its models in the staff admin."""

from typing import Any

import pytest
from django.urls import reverse

from assistant import celery_app
from conversations.gate.decision import Decision
from conversations.gate.models import GateModel, GateSettings, HeldMessage
from conversations.models import Contact, Conversation, Message
from conversations.replies import held_messages

QUEUE = reverse("admin:gate_heldmessage_changelist")


def hold(workspace: Any, text: str = "Buy followers") -> HeldMessage:
    contact = Contact.objects.create(workspace=workspace, name="Ana")
    conversation = Conversation(workspace=workspace, contact=contact)
    accepted = held_messages.accept(conversation, text, None, (), Decision("hold", "spam", {"spam": 0.93}))
    return HeldMessage.objects.get(pk=accepted.message.pk)


def decide(held: HeldMessage, verdict: str) -> str:
    return reverse("admin:gate_heldmessage_admin_action", args=[held.pk, verdict])


def test_agents_see_the_queue_oldest_first_and_viewers_do_not(staff: Any, workspace: Any):
    hold(workspace, "first <b>one</b>")
    hold(workspace, "second one")

    page = staff("agent").get(QUEUE).content.decode()

    assert page.index("first &lt;b&gt;one&lt;/b&gt;") < page.index("second one")
    assert "93 %" in page or "93%" in page
    assert staff("viewer").get(QUEUE).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_verdict_of_the_page_is_stored_with_who_and_when(staff: Any, workspace: Any):
    celery_app.conf.task_always_eager = False
    held, agent = hold(workspace), staff("agent")

    refused = staff("viewer").post(decide(held, "spam"))
    done = agent.post(decide(held, "spam"), follow=True).content.decode()
    late = agent.post(decide(held, "release"), follow=True).content.decode()

    held.refresh_from_db()
    assert refused.status_code == 404
    assert "The visitor can&#x27;t write for 24 hours." in done
    assert "reviewed this message first: Spam." in late
    assert held.verdict == "spam"
    assert held.decided_by_name == held.decided_by.get_username()
    assert held.decided_at
    assert Message.objects.get(pk=held.pk).status == "refused"


def test_the_menu_counts_what_waits(staff: Any, workspace: Any):
    hold(workspace)

    page = staff("agent").get(reverse("admin:index")).content.decode()

    assert "Held messages" in page


def test_an_admin_lifts_a_mute(staff: Any, workspace: Any):
    held = hold(workspace)
    held_messages.mark_spam(held, None, "rosa")
    contact = Contact.objects.get()

    staff("agent").post(reverse("admin:conversations_contact_admin_action", args=[contact.pk, "unmute"]))

    contact.refresh_from_db()
    assert contact.muted_until is None


def test_an_admin_sets_thresholds_in_plain_words(staff: Any, workspace: Any):
    page = reverse("admin:gate_gatesettings_add")

    boss = staff("admin")
    shown = boss.get(page).content.decode()
    boss.post(page, {"workspace": str(workspace.pk), "spam_from": "0.8", "mute_hours": "48"})

    own = GateSettings.of(workspace.pk)
    assert "Hold as spam from" in shown
    assert 'placeholder="0.7"' in shown
    assert (own.hold_from("spam"), own.muted_hours) == (0.8, 48)
    assert staff("curator").get(page).status_code == 403


def test_superusers_see_before_and_after_and_roll_back(staff: Any, admin_client: Any):
    figures = {name: [0.81, 0.94] for name in ("stopped", "passed", "control_stopped", "control_passed")}
    model = GateModel.objects.create(state="in_use", labels=60, figures=figures)
    page = reverse("admin:gate_gatemodel_change", args=[model.pk])

    shown = admin_client.get(page).content.decode()
    admin_client.post(reverse("admin:gate_gatemodel_admin_action", args=[model.pk, "roll_back"]))

    model.refresh_from_db()
    assert "81.0% before, 94.0% after" in shown
    assert model.state == "rolled_back"
    assert staff("admin").get(page).status_code == 403

"""Who did what, and who looked, is in the audit log; without a word of a customer, and for whom it may concern."""

import csv
import io
import json
import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from assistant.accounts.models import Invitation
from assistant.audit import log
from assistant.audit.models import Event
from assistant.audit.pseudonyms import pseudonym
from assistant.workspaces.models import ApiKey, Membership, Workspace
from conversations.models import Contact
from tests.admin.conftest import article_of, cached_answer_of, conversation_of
from tests.admin.test_held_messages import decide, hold

pytestmark = pytest.mark.django_db
LIST = "admin:audit_event_changelist"


def actions() -> list[tuple[str, str]]:
    return list(Event.objects.order_by("pk").values_list("actor", "action"))


def test_who_looked_at_a_conversation_or_a_customer_is_recorded_without_a_name(staff: Any, workspace: Workspace):
    talk = conversation_of(workspace)
    client = staff("viewer")
    Event.objects.all()

    client.get(reverse("admin:conversations_conversation_change", args=[talk.pk]))
    client.get(reverse("admin:conversations_conversation_transcript", args=[talk.pk]))  # the page asks by itself
    client.get(reverse("admin:conversations_contact_change", args=[talk.contact_id]))

    looked = Event.objects.filter(action__endswith=".viewed").order_by("pk")
    assert [event.action for event in looked] == ["conversation.viewed", "contact.viewed"]
    assert {event.subject for event in looked} == {pseudonym(talk.contact_id)}
    assert {event.actor for event in looked} == {"viewer-rosa"}
    assert {event.workspace_id for event in looked} == {workspace.pk}
    rows = json.dumps(list(looked.values()), default=str)
    assert "Ana" not in rows
    assert str(talk.pk) not in rows
    assert str(talk.contact_id) not in rows


def test_what_staff_do_is_recorded_with_its_name_and_from_where(staff: Any, workspace: Workspace):
    client = staff("admin")
    key, _ = ApiKey.issue(workspace, "helpdesk", ["usage:read"])
    entry, article = cached_answer_of(workspace), article_of(workspace)
    headers = {"HTTP_X_REQUEST_ID": "r-77", "REMOTE_ADDR": "203.0.113.77"}

    client.post(reverse("admin:workspaces_apikey_admin_action", args=[key.pk, "revoke"]), **headers)
    client.post(reverse("admin:caching_cachedanswer_admin_action", args=[entry.pk, "pin"]))
    client.post(reverse("admin:knowledge_article_admin_action", args=[article.pk, "archive"]))
    member = Membership.objects.get(user__username="admin-rosa")
    form = {"user": member.user_id, "workspace": workspace.pk, "role": "curator"}
    client.post(reverse("admin:workspaces_membership_change", args=[member.pk]), form)

    by_action = {event.action: event for event in Event.objects.all()}
    assert {"login", "apikey.revoke", "cachedanswer.pin", "article.archive", "membership.changed"} <= set(by_action)
    revoked = by_action["apikey.revoke"]
    assert revoked.detail == {"name": str(key)}
    assert (revoked.object_id, revoked.request_id, revoked.ip) == (str(key.pk), "r-77", "203.0.113.77")
    assert by_action["membership.changed"].detail["fields"] == ["Role"]
    assert "delivery" not in json.dumps(by_action["cachedanswer.pin"].detail)  # a customer's question


def test_a_form_without_words_of_its_own_is_recorded_by_the_name_of_its_page(staff: Any, workspace: Workspace):
    client = staff("curator")

    client.post(reverse("admin:knowledge_article_add"), {"workspace": workspace.pk})  # wrong: nothing is saved
    before = Event.objects.count()
    answer = client.post(reverse("admin:logout"))

    assert answer.status_code in (200, 302)
    assert Event.objects.count() == before + 1
    assert not Event.objects.filter(action__contains="article_add").exists()


def test_logins_and_wrong_passwords_are_recorded_and_a_name_of_nobody_is_not_kept(rosa: Any):
    client = Client()
    page = reverse("admin:login")

    client.post(page, {"username": "my-secret-password", "password": "x"})
    client.post(page, {"username": "rosa", "password": "wrong"})
    client.post(page, {"username": "rosa", "password": "rosa-works-here"})

    assert [action for _, action in actions()] == ["login_failed", "login_failed", "login"]
    assert "my-secret-password" not in json.dumps(list(Event.objects.values()), default=str)
    assert Event.objects.get(action="login").actor == "rosa"


def test_an_admin_sees_their_own_workspace_and_a_superuser_everything(
    staff: Any, superuser: Client, workspace: Workspace, other_shop: Workspace
):
    log.record("thing.mine", workspace)
    log.record("thing.theirs", other_shop)
    log.record("thing.nobodys")

    mine, everything = staff("admin").get(reverse(LIST)), superuser.get(reverse(LIST))

    assert b"thing.mine" in mine.content
    assert b"thing.theirs" not in mine.content
    assert b"thing.nobodys" not in mine.content
    assert b"thing.theirs" in everything.content
    assert b"thing.nobodys" in everything.content
    assert staff("curator").get(reverse(LIST)).status_code == 403


def test_nobody_adds_changes_or_deletes_an_entry_in_the_admin(superuser: Client):
    event = log.record("thing.done")
    page = reverse("admin:audit_event_change", args=[event.pk])

    assert superuser.get(page).status_code == 200
    assert superuser.post(page, {"actor": "nobody"}).status_code == 403
    assert superuser.post(reverse("admin:audit_event_delete", args=[event.pk]), {"post": "yes"}).status_code == 403
    assert superuser.get(reverse("admin:audit_event_add")).status_code == 403


def test_the_id_of_a_customer_finds_what_was_done_with_them(superuser: Client, workspace: Workspace):
    ana, bob = (Contact.objects.create(workspace=workspace, name=name) for name in ("Ana", "Bob"))
    log.record("thing.with_ana", ana)
    log.record("thing.with_bob", bob)

    page = superuser.get(reverse(LIST), {"q": str(ana.pk)}).content

    assert b"thing.with ana" in page
    assert b"thing.with bob" not in page


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_log_is_exported_as_it_is_filtered_and_no_cell_is_a_formula(staff: Any, workspace: Workspace, kind: str):
    client = staff("admin")
    workspace.name = "=cmd()"
    workspace.save()
    key = ApiKey.issue(workspace, "k", [])[0]
    get_user_model().objects.filter(username="admin-rosa").update(username="=HYPERLINK()")
    client.post(reverse("admin:workspaces_apikey_admin_action", args=[key.pk, "revoke"]))
    log.record("thing.else", workspace)

    answer = client.get(reverse("admin:audit_event_export", args=[kind]), {"action": "apikey.revoke"})

    text = answer.content.decode()
    rows = (
        list(csv.DictReader(io.StringIO(text))) if kind == "csv" else [json.loads(line) for line in text.splitlines()]
    )
    assert [row["action"] for row in rows] == ["apikey.revoke"]
    assert rows[0]["actor"] == ("'=HYPERLINK()" if kind == "csv" else "=HYPERLINK()")
    assert Event.objects.filter(action="audit.exported").count() == 1
    assert staff("viewer").get(reverse("admin:audit_event_export", args=[kind])).status_code == 404


def test_an_erased_customer_stays_a_pseudonym_that_nobody_can_look_up(staff: Any, workspace: Workspace):
    talk = conversation_of(workspace)
    known = (talk.contact_id, talk.pk)
    client = staff("admin")
    client.get(reverse("admin:conversations_conversation_change", args=[talk.pk]))

    client.post(reverse("admin:conversations_contact_admin_action", args=[talk.contact_id, "erase"]))
    client.post(reverse("admin:conversations_contact_admin_action", args=[talk.contact_id, "erase"]), {"sure": "yes"})

    erased = Event.objects.filter(action="contact.erase")
    assert [event.subject for event in erased] == [pseudonym(known[0])]
    rows = json.dumps(list(Event.objects.values()), default=str)
    assert not any(str(pk) in rows or pk.hex in rows for pk in known)


def test_pseudonyms_need_the_secret(settings: Any):
    pk = uuid.uuid4()
    one = pseudonym(pk)
    settings.PSEUDONYM_SECRET = ["another"]

    assert pseudonym(pk) != one
    assert len(one) == 40


def test_what_a_missing_second_factor_stopped_is_not_recorded_as_done(staff: Any, workspace: Workspace, settings: Any):
    settings.STAFF_MFA_REQUIRED = ["admin"]
    talk, client = conversation_of(workspace), staff("admin")

    answer = client.post(reverse("admin:conversations_conversation_admin_action", args=[talk.pk, "resolve"]))

    assert answer["Location"] == reverse("mfa_index")
    assert [action for _, action in actions() if action != "login"] == []


def test_what_somebody_did_who_is_no_longer_staff_is_not_recorded_as_done(staff: Any, workspace: Workspace):
    talk, client = conversation_of(workspace), staff("admin")
    get_user_model().objects.update(is_staff=False)

    answer = client.post(reverse("admin:conversations_conversation_admin_action", args=[talk.pk, "resolve"]))

    assert answer["Location"].startswith("/admin/login/")
    assert [action for _, action in actions() if action != "login"] == []


def test_the_secret_of_an_address_is_not_recorded(staff: Any, workspace: Workspace):
    client = staff("admin")
    form = {"workspace": workspace.pk, "email": "dora@shop.example", "role": "agent"}
    link = client.post(reverse("admin:staff_accounts_invitation_add"), form).context["link"]

    client.post(link.partition("/admin")[1] + link.partition("/admin")[2])

    assert Event.objects.filter(action="staff-invitation").exists()
    assert link.split("/")[-2] not in json.dumps(list(Event.objects.values()), default=str)


def test_what_was_refused_in_words_is_not_recorded_as_done(staff: Any, workspace: Workspace, settings: Any):
    """Neither is the id of a customer's message: the log could not forget it."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    held, client = hold(workspace), staff("admin")
    form = {"workspace": workspace.pk, "email": "dora@shop.example", "role": "agent"}
    client.post(reverse("admin:staff_accounts_invitation_add"), form)
    revoke = reverse("admin:staff_accounts_invitation_admin_action", args=[Invitation.objects.get().pk, "revoke"])

    for path in (decide(held, "spam"), decide(held, "spam"), revoke, revoke):
        assert client.post(path).status_code == 302

    done = [action for _, action in actions() if action != "login"]
    assert done == ["invitation.added", "heldmessage.spam", "invitation.revoke"]
    assert str(held.pk) not in json.dumps(list(Event.objects.values()), default=str)

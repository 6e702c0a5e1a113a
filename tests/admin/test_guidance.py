"""Curators edit, compare and preview guidance; admins publish a version and roll back."""

import html
import uuid
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from assistant.guidance import versions
from assistant.guidance.content import Content, Topic, live_in
from assistant.guidance.models import Guidance
from assistant.usage.models import ModelCall, PriceRule
from assistant.usage.pricing import price_list
from assistant.workspaces.models import Workspace
from caching.models import CachedAnswer
from conversations.guidance import preview
from conversations.identity.permissions import Caller
from conversations.messaging.creation import new_conversation
from conversations.models import Contact, Conversation, Message
from conversations.replies import runner, wait_for_reply
from conversations.test_sets import cases
from conversations.test_sets.models import Run
from knowledge.gaps import gaps
from knowledge.models import Article, Gap
from tests.admin.conftest import RECEIPT

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION, ANSWER = "How do I send something back?", "Print the label from your account [1]."


@pytest.fixture
def curator(staff: Any) -> Client:
    return staff("curator")


def edit_url(workspace: Workspace) -> str:
    return reverse("admin:guidance_guidance_edit", args=[workspace.pk])


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:guidance_guidance_{name}", args=args)


def typed(workspace: Workspace, **fields: str) -> dict[str, str]:
    """The form as a browser sends it, with two empty rows for topics of each kind."""
    newest = versions.newest_of(workspace)
    counts = {"TOTAL_FORMS": "2", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
    forms = {f"{kind}-{name}": n for kind in ("forbidden_topics", "handoff_topics") for name, n in counts.items()}
    said = {"forbidden_topics-0-response": "say", "forbidden_topics-1-response": "say", "length": "normal"}
    return forms | said | {"seen": str(newest.pk) if newest else ""} | fields


def draft_of(workspace: Workspace, content: Content) -> Guidance:
    newest = versions.newest_of(workspace)
    return versions.save_draft(workspace, content, seen=newest and newest.pk)


def shown(page: Any) -> str:
    return html.unescape(" ".join(page.content.decode().split()))


def test_a_draft_is_typed_with_all_its_fields(curator: Client, workspace: Workspace):
    fields = {
        "persona": "A gardener",
        "tone": "warm",
        "length": "short",
        "do": "Name the article\r\n\r\nBe exact",
        "do_not": "Joke",
        "languages": "EN, de",
        "other_languages": "English or German, please.",
        "comment": "First",
        "forbidden_topics-0-name": "Law",
        "forbidden_topics-0-words": "lawsuit\r\ncourt",
        "forbidden_topics-0-examples": "Can I sue you?",
        "forbidden_topics-0-response": "offer",
        "forbidden_topics-0-reply": "No legal advice.",
        "handoff_topics-0-name": "A journalist writes",
    }

    saved = curator.post(edit_url(workspace), typed(workspace, **fields))

    version = Guidance.objects.get()
    assert saved.status_code == 302
    assert version.content == Content(
        persona="A gardener",
        tone="warm",
        length="short",
        do=("Name the article", "Be exact"),
        do_not=("Joke",),
        forbidden_topics=(Topic("Law", ("lawsuit", "court"), ("Can I sue you?",), "offer", "No legal advice."),),
        handoff_topics=(Topic("A journalist writes", response="hand_over"),),
        languages=("en", "de"),
        other_languages="English or German, please.",
    )
    assert (version.number, version.status, version.comment, version.author.first_name) == (1, "draft", "First", "Rosa")
    page = shown(curator.get(edit_url(workspace)))
    assert "Can I sue you?" in page
    assert "Starts from version 1 (draft)" in page


def test_a_topic_is_removed(curator: Client, workspace: Workspace):
    draft_of(workspace, Content(forbidden_topics=(Topic("Law", reply="No."), Topic("Politics", reply="No."))))
    fields = {"forbidden_topics-INITIAL_FORMS": "2", "forbidden_topics-0-DELETE": "on"}
    rows = {
        f"forbidden_topics-{n}-{name}": text
        for n, topic in ((0, "Law"), (1, "Politics"))
        for name, text in (("name", topic), ("reply", "No."))
    }

    curator.post(edit_url(workspace), typed(workspace, **fields, **rows))

    assert [topic.name for topic in versions.newest_of(workspace).content.forbidden_topics] == ["Politics"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"tone": "x" * 601}, "has 601 characters; at most 600 are allowed"),
        ({"do": "x\n" * 21}, "21 lines; at most 20 are allowed"),
        ({"languages": "klingon"}, "Not a language code that Brevity detects: klingon"),
        ({"languages": "en"}, "Write what customers get who write in another language"),
        ({"forbidden_topics-0-name": "Law"}, "Write the reply for “Law”"),
        ({"handoff_topics-0-words": "press"}, "Give each topic a name"),
    ],
)
def test_what_is_wrong_is_said_in_the_form_and_keeps_what_was_typed(
    curator: Client, workspace: Workspace, fields: dict[str, str], complaint: str
):
    page = shown(curator.post(edit_url(workspace), typed(workspace, persona="Ivy the gardener", **fields)))

    assert complaint in page
    assert "Ivy the gardener" in page
    assert not Guidance.objects.exists()


def test_who_was_overtaken_is_told_and_may_save_on_purpose(curator: Client, workspace: Workspace):
    begun = typed(workspace, tone="mine")
    bobs = versions.save_draft(
        workspace, Content(tone="bobs"), seen=None, by=get_user_model().objects.create(username="bob")
    )

    told = curator.post(edit_url(workspace), begun)

    assert "Version 1 by bob was saved while you were editing" in shown(told)
    assert "mine" in shown(told)
    assert versions.newest_of(workspace) == bobs
    curator.post(edit_url(workspace), begun | {"seen_after_conflict": str(bobs.pk)})
    assert [(each.number, each.content.tone) for each in Guidance.objects.order_by("number")] == [
        (1, "bobs"),
        (2, "mine"),
    ]


def test_a_version_is_compared_with_another(curator: Client, workspace: Workspace):
    versions.go_live(draft_of(workspace, Content(tone="warm and brief", persona="Ivy")))
    draft = draft_of(workspace, Content(tone="cold and brief", persona="Ivy"))

    page = curator.get(url("change", draft.pk))

    assert [each.label for each in page.context["differences"]] == ["Tone"]
    assert "<mark>warm</mark> and brief" in shown(page)
    assert "<mark>cold</mark> and brief" in shown(page)
    itself = curator.get(url("change", draft.pk), {"against": "99"})
    assert itself.context["other"].number == 1


def test_an_admin_takes_a_draft_live_and_goes_back_and_the_history_has_it(staff: Any, workspace: Workspace):
    admin = staff("admin")
    first = versions.go_live(draft_of(workspace, Content(tone="warm")))
    draft = draft_of(workspace, Content(tone="cold"))

    admin.post(url("admin_action", draft.pk, "go_live"))
    workspace.refresh_from_db()
    assert live_in(workspace).tone == "cold"
    admin.post(url("admin_action", first.pk, "roll_back"))

    workspace.refresh_from_db()
    assert (live_in(workspace).tone, live_in(workspace).number) == ("warm", 3)
    log = list(LogEntry.objects.order_by("pk").values_list("user__username", "change_message", "object_repr"))
    assert log == [
        ("admin-rosa", "Went live.", "Version 2"),
        ("admin-rosa", "Went live, with the texts of version 1.", "Version 3"),
    ]


def test_a_conflict_is_told_at_the_top_of_the_page(staff: Any, workspace: Workspace):
    older = draft_of(workspace, Content(tone="warm"))
    draft_of(workspace, Content(tone="cold"))

    page = staff("admin").post(url("admin_action", older.pk, "go_live"), follow=True)

    assert "Version 1 is not the draft any more" in shown(page)


def test_a_curator_takes_nothing_live(curator: Client, workspace: Workspace):
    draft = draft_of(workspace, Content(tone="warm"))

    assert curator.post(url("admin_action", draft.pk, "go_live")).status_code == 403
    assert 'value="go_live"' not in shown(curator.get(url("change", draft.pk)))


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_others_read_versions_and_edit_none(staff: Any, workspace: Workspace, role: str):
    client, draft = staff(role), draft_of(workspace, Content(tone="warm"))

    assert client.get(url("change", draft.pk)).status_code == 200
    assert client.get(url("add")).status_code == 403
    assert client.get(edit_url(workspace)).status_code == 403
    assert client.post(edit_url(workspace), typed(workspace)).status_code == 403
    assert client.get(url("preview", draft.pk)).status_code == 403
    assert client.post(url("test", draft.pk)).status_code == 403


def test_nothing_of_another_shop_is_to_be_had(curator: Client, workspace: Workspace, other_shop: Workspace):
    foreign, own = draft_of(other_shop, Content(tone="warm")), draft_of(workspace, Content(tone="warm"))
    foreign_preview = preview.start(foreign, [QUESTION])

    for address in (edit_url(other_shop), url("preview", foreign.pk), url("previewed", foreign.pk, uuid.uuid4())):
        assert curator.get(address).status_code in (302, 404), address
    assert curator.post(edit_url(other_shop), typed(other_shop)).status_code == 404
    assert curator.post(url("test", foreign.pk)).status_code in (302, 404)
    assert curator.get(url("previewed", own.pk, foreign_preview)).status_code == 302  # not of this version
    theirs = other_shop.test_sets.create(name="Theirs")
    cases.add(theirs, [cases.checked({"message": QUESTION})])
    assert curator.post(url("test", own.pk), {"test_set": str(theirs.pk)}).status_code == 404


def counts() -> dict[str, int]:
    kinds = (Contact, Conversation, Message, CachedAnswer, Gap)
    return {kind.__name__: kind.objects.count() for kind in kinds}


def test_a_preview_answers_under_both_and_keeps_nothing(
    curator: Client, engine: Any, workspace: Workspace, returns_article: Article
):
    versions.go_live(draft_of(workspace, Content(tone="warm")))
    draft = draft_of(workspace, Content(tone="cold", forbidden_topics=(Topic("Law", ("lawsuit",), reply="No law."),)))
    engine.script = [ANSWER, "Print it [1].", "We know nothing of that [1]."]
    before = counts()

    started = curator.post(
        url("preview", draft.pk),
        {"question_0": QUESTION, "question_3": "How do I send something back after a lawsuit?"},
    )
    page = curator.get(started["Location"])

    tones = [prompt.messages[0].content.split('"tone": "')[1][:4] for prompt in engine.asked]
    assert tones == ["warm", "cold", "warm"]  # the draft's own answer to the second needs no model
    assert "Print the label from your account" in shown(page)
    assert "No law." in shown(page)
    assert "Done" in shown(page)
    assert counts() == before
    assert ModelCall.objects.filter(purpose="reply").count() == 3


def a_customer_asks(workspace: Workspace, text: str) -> None:
    async def asked() -> None:
        await wait_for_reply.asked(new_conversation(Caller(workspace)), text)
        await runner.all_done()

    async_to_sync(asked)()


def test_a_preview_is_not_answered_from_the_cache(
    curator: Client, engine: Any, workspace: Workspace, returns_article: Article
):
    """Else it would show what customers got before, and count as a hit."""
    engine.script = [ANSWER, "Live [1].", "Draft [1]."]
    a_customer_asks(workspace, QUESTION)
    draft = draft_of(workspace, Content(tone="cold"))

    curator.post(url("preview", draft.pk), {"question_0": QUESTION})

    assert len(engine.asked) == 3
    kept = CachedAnswer.objects.get()
    assert (kept.answer, kept.hits) == (ANSWER, 0)


def test_a_preview_tells_what_it_costs(curator: Client, engine: Any, workspace: Workspace, returns_article: Article):
    draft = draft_of(workspace, Content(tone="cold"))
    engine.script = [ANSWER, ANSWER]
    PriceRule.objects.filter(model=engine.model).update(input_usd=1, output_usd=2)
    price_list.forget()

    page = curator.get(curator.post(url("preview", draft.pk), {"question_0": QUESTION})["Location"])

    costs = [side["cost_usd"] for side in page.context["preview"]["answers"][0]["sides"].values()]
    assert all(float(cost) > 0 for cost in costs)
    assert page.context["preview"]["cost_usd"] == sum(map(preview.Decimal, costs))
    assert "Cost so far: $0." in shown(page)


def test_questions_of_a_preview_are_suggested(curator: Client, workspace: Workspace):
    test_set = workspace.test_sets.create(name="Returns")
    cases.add(test_set, [cases.checked({"message": "From a test set?"})])
    gaps.record(workspace, "Do you sell gnomes?", None)

    page = shown(curator.get(url("preview", draft_of(workspace, Content(tone="x")).pk)))

    assert page.index("Do you sell gnomes?") < page.index("From a test set?")


def test_a_preview_without_a_question_says_so(curator: Client, workspace: Workspace):
    page = curator.post(url("preview", draft_of(workspace, Content(tone="x")).pk), {"question_0": " "})

    assert "Write at least one question." in shown(page)


def test_a_preview_that_nobody_goes_on_with_says_so(curator: Client, workspace: Workspace, monkeypatch: Any):
    draft = draft_of(workspace, Content(tone="x"))
    pk = preview.start(draft, [QUESTION])
    kept = cache.get(preview._key(pk))
    cache.set(preview._key(pk), kept | {"at": kept["at"] - 61})

    assert "No worker has gone on with it" in shown(curator.get(url("previewed", draft.pk, pk)))
    cache.delete(preview._key(pk))
    assert "no longer kept" in shown(curator.get(url("previewed", draft.pk, pk), follow=True))


@pytest.mark.usefixtures("no_engine")
def test_two_workers_do_not_answer_one_question(workspace: Workspace):
    pk = preview.start(draft_of(workspace, Content(tone="x")), [QUESTION])
    cache.add(f"{preview._key(pk)}:0", 1, 60)

    assert preview.carry_on(pk) is False
    assert preview.load(pk)["answers"] == []


@pytest.mark.usefixtures("no_engine")
def test_a_test_set_is_run_with_the_draft_and_compared(curator: Client, workspace: Workspace, returns_article: Article):
    test_set = workspace.test_sets.create(name="Returns")
    cases.add(test_set, [cases.checked({"message": QUESTION, "articles": ["returns"]})])
    draft = draft_of(workspace, Content(forbidden_topics=(Topic("Back", ("send something back",), reply="No."),)))
    curator.post(reverse("admin:test_sets_testset_admin_action", args=[test_set.pk, "run"]))

    page = curator.post(url("test", draft.pk), {"test_set": str(test_set.pk)}, follow=True)

    under_draft, under_live = Run.objects.order_by("-created_at")
    assert (under_live.right, under_live.guidance) == (1, None)
    assert (under_draft.right, under_draft.guidance) == (0, draft)
    assert under_draft.results.get().reply == "No."
    assert "No longer right" in shown(page)
    assert "guidance version 1" in shown(page)
    assert "The prompt or the models have changed" not in shown(page)
    assert not Conversation.objects.exists()


def test_a_set_that_runs_already_is_not_taken_for_the_drafts(curator: Client, workspace: Workspace):
    test_set = workspace.test_sets.create(name="Returns")
    cases.add(test_set, [cases.checked({"message": QUESTION})])
    test_set.runs.create(total=1)
    draft = draft_of(workspace, Content(tone="x"))

    page = curator.post(url("test", draft.pk), {"test_set": str(test_set.pk)}, follow=True)

    assert "being run under another version" in shown(page)


def test_the_form_of_a_workspace_leaves_its_guidance_alone(staff: Any, workspace: Workspace):
    """Guidance may go live between the moment the form is read and the moment it is saved."""
    admin, address = staff("admin"), reverse("admin:workspaces_workspace_change", args=[workspace.pk])
    draft = draft_of(workspace, Content(tone="cold"))
    asked: list[str] = []

    def noted(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith('UPDATE "workspaces_workspace"'):
            asked.append(sql)
        return execute(sql, *args)

    texts = {"name": "Acme 2", "slug": "acme", "assistant_name": "Ivy", "notice": "Hi"}
    form = texts | {"locale": "en", "currency": "USD", "settings": "{}"}
    with connection.execute_wrapper(noted):
        admin.post(address, form)

    versions.go_live(draft)
    workspace.refresh_from_db()
    assert (workspace.name, live_in(workspace).tone) == ("Acme 2", "cold")
    assert asked
    assert not any('"guidance"' in sql for sql in asked)


def test_the_receipt_in_a_conversation_tells_which_topic_decided(curator: Client, workspace: Workspace):
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    conversation = Conversation.objects.create(workspace=workspace, contact=ana, last_seq=1)
    topic = {"kind": "forbidden", "name": "Law", "by": "meaning", "similarity": 0.61}
    receipt = RECEIPT | {"guidance": {"version": 3, "topic": topic}}
    conversation.messages.create(seq=1, role="assistant", text="No.", receipt=receipt)

    page = shown(curator.get(reverse("admin:conversations_conversation_change", args=[conversation.pk])))

    assert "version 3: Law, by meaning (0.61)" in page

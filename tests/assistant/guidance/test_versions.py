"""Versions of guidance: never changed, one live, and conflicting edits are reported."""

import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from assistant.guidance import versions
from assistant.guidance.content import Content, Topic, live_in
from assistant.guidance.errors import GuidanceConflict, GuidanceInvalid, GuidanceTooLong, GuidanceTooMany
from assistant.guidance.limits import problems
from assistant.guidance.models import Guidance
from assistant.workspaces.models import Workspace
from tests.slow_writes.interleaving import Beside, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
WARM, COLD = Content(tone="warm"), Content(tone="cold")


def published(workspace: Workspace, content: Content) -> Guidance:
    return versions.go_live(draft_of(workspace, content))


def draft_of(workspace: Workspace, content: Content, **fields: Any) -> Guidance:
    newest = versions.newest_of(workspace)
    return versions.save_draft(workspace, content, seen=newest and newest.pk, **fields)


def states(workspace: Workspace) -> list[tuple[int, str]]:
    return list(workspace.guidance_versions.order_by("number").values_list("number", "status"))


def test_a_draft_changes_no_answer_until_it_goes_live(workspace: Workspace):
    rosa = get_user_model().objects.create_user("rosa")

    draft = draft_of(workspace, WARM, by=rosa, comment="Friendlier")
    workspace.refresh_from_db()
    assert live_in(workspace) == Content()

    versions.go_live(draft, rosa)
    workspace.refresh_from_db()
    assert (live_in(workspace), live_in(workspace).number) == (WARM, 1)
    draft.refresh_from_db()
    assert (draft.author, draft.published_by, draft.comment, draft.status) == (rosa, rosa, "Friendlier", "live")


def test_each_saving_is_a_version_of_its_own(workspace: Workspace):
    for tone in ("a", "b", "c"):
        draft_of(workspace, Content(tone=tone))

    assert states(workspace) == [(1, "old"), (2, "old"), (3, "draft")]
    assert [version.content.tone for version in workspace.guidance_versions.order_by("number")] == ["a", "b", "c"]


def test_saving_the_same_again_adds_nothing(workspace: Workspace):
    first = draft_of(workspace, WARM)

    assert draft_of(workspace, WARM) == first
    assert states(workspace) == [(1, "draft")]


def test_who_edits_what_somebody_else_has_changed_is_told_and_nothing_is_lost(workspace: Workspace):
    begun_at = draft_of(workspace, WARM)
    draft_of(workspace, COLD, by=get_user_model().objects.create_user("bob"))

    with pytest.raises(GuidanceConflict, match="Version 2 by bob was saved while you were editing") as conflict:
        versions.save_draft(workspace, Content(tone="mine"), seen=begun_at.pk)

    assert conflict.value.newest == 2
    assert states(workspace) == [(1, "old"), (2, "draft")]


def test_a_draft_written_before_another_version_went_live_does_not_take_its_place(workspace: Workspace):
    first = published(workspace, WARM)
    published(workspace, COLD)
    draft = draft_of(workspace, Content(tone="mine"))
    versions.roll_back(first)

    with pytest.raises(GuidanceConflict, match="Version 4 went live after this draft was written"):
        versions.go_live(draft)

    workspace.refresh_from_db()
    assert live_in(workspace) == WARM
    versions.go_live(draft_of(workspace, Content(tone="mine")))  # saved again, with what is live in view
    assert states(workspace)[-1] == (5, "live")


def test_an_older_draft_does_not_go_live(workspace: Workspace):
    older = draft_of(workspace, WARM)
    draft_of(workspace, COLD)

    with pytest.raises(GuidanceConflict, match="not the draft any more"):
        versions.go_live(older)


def test_a_roll_back_is_a_new_version_with_the_old_texts(workspace: Workspace):
    first, second = published(workspace, WARM), published(workspace, COLD)

    again = versions.roll_back(first)

    assert states(workspace) == [(1, "old"), (2, "old"), (3, "live")]
    assert (again.content, again.comment) == (WARM, "Same as version 1")
    second.refresh_from_db()
    assert second.content == COLD
    with pytest.raises(GuidanceConflict):
        versions.roll_back(again)


def test_the_database_holds_one_live_version_and_one_draft(workspace: Workspace):
    published(workspace, WARM)
    draft_of(workspace, COLD)

    for status in ("live", "draft"):
        with pytest.raises(IntegrityError), transaction.atomic():
            workspace.guidance_versions.create(number=9, status=status)


def test_of_two_who_take_the_draft_live_at_once_one_is_told(workspace: Workspace):
    draft = draft_of(workspace, WARM)

    with transaction.atomic():
        versions.go_live(draft)
        beside = Beside(lambda: versions.go_live(Guidance.objects.select_related("workspace").get(pk=draft.pk)))
        until_waiting("workspaces_workspace")

    with pytest.raises(GuidanceConflict):
        beside.result()
    assert states(workspace) == [(1, "live")]


def test_a_draft_saved_while_another_goes_live_waits_and_starts_from_it(workspace: Workspace):
    draft = draft_of(workspace, WARM)

    with transaction.atomic():
        versions.go_live(draft)
        beside = Beside(lambda: versions.save_draft(workspace, COLD, seen=draft.pk))
        until_waiting("workspaces_workspace")

    assert beside.result().base_id == draft.pk
    assert states(workspace) == [(1, "live"), (2, "draft")]


def test_workspaces_do_not_share_versions(workspace: Workspace):
    other = Workspace.objects.create(slug="globex", name="Globex")
    published(workspace, WARM)
    published(other, COLD)

    workspace.refresh_from_db()
    assert live_in(workspace) == WARM
    assert states(other) == [(1, "live")]


LONG = "x" * 13_000


@pytest.mark.parametrize(
    ("content", "kind", "field"),
    [
        (Content(persona=LONG[:601]), GuidanceTooLong, "persona"),
        (Content(tone=LONG[:601]), GuidanceTooLong, "tone"),
        (Content(do=(LONG[:301],)), GuidanceTooLong, "do"),
        (Content(do_not=("x",) * 21), GuidanceTooMany, "do_not"),
        (Content(forbidden_topics=(Topic("x", reply="x"),) * 21), GuidanceTooMany, "forbidden_topics"),
        (Content(forbidden_topics=(Topic(LONG[:121], reply="x"),)), GuidanceTooLong, "forbidden_topics"),
        (Content(forbidden_topics=(Topic("x", reply=LONG[:601]),)), GuidanceTooLong, "forbidden_topics"),
        (
            Content(forbidden_topics=(Topic("x", reply="x", examples=(LONG[:201],)),)),
            GuidanceTooLong,
            "forbidden_topics",
        ),
        (Content(handoff_topics=(Topic("x", reply="x", words=("x",) * 21),)), GuidanceTooMany, "handoff_topics"),
        (Content(forbidden_topics=(Topic("Law"),)), GuidanceInvalid, "forbidden_topics"),
        (Content(forbidden_topics=(Topic("", reply="x"),)), GuidanceInvalid, "forbidden_topics"),
        (Content(forbidden_topics=(Topic("x", reply="x", response="shout"),)), GuidanceInvalid, "forbidden_topics"),
        (Content(languages=("en", "tlh"), other_languages="x"), GuidanceInvalid, "languages"),
        (Content(languages=("en",)), GuidanceInvalid, "other_languages"),
        (Content(length="endless"), GuidanceInvalid, "length"),
        (Content(do=("x" * 300,) * 20, do_not=("x" * 300,) * 20, tone="x"), GuidanceTooLong, ""),
    ],
)
def test_what_cannot_be_saved_says_why(workspace: Workspace, content: Content, kind: type[GuidanceInvalid], field: str):
    found = [(type(problem), problem.field) for problem in problems(content)]

    assert found == [(kind, field)]
    with pytest.raises(kind):
        draft_of(workspace, content)
    assert not Guidance.objects.exists()


def test_a_limit_is_a_setting(settings: Any):
    settings.GUIDANCE_TONE_MAX_CHARS = 3

    assert [problem.code for problem in problems(WARM)] == ["guidance_too_long"]


def test_what_is_stored_is_read_as_it_was():
    topic = Topic("Law", ("lawsuit",), ("Can I sue you?",), "offer", "No.")
    content = Content("p", "t", "short", ("a",), ("b",), (topic,), (topic,), ("en",), "no")

    assert Content.from_json(content.as_json()) == content


def test_a_tone_of_before_goes_on_as_the_first_version():
    executor, then = MigrationExecutor(connection), ("workspaces", "0004_texts")
    executor.migrate([then, ("guidance", None)])
    before = executor.loader.project_state(then).apps.get_model("workspaces", "Workspace")
    pk = uuid.uuid4()
    try:
        before.objects.create(pk=pk, slug="old", name="Old", tone="like a pirate")
        before.objects.create(slug="plain", name="Plain")
    finally:  # other tests need every table
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())

    version = Guidance.objects.get()
    assert (version.workspace_id, version.number, version.status, version.content.tone) == (
        pk,
        1,
        "live",
        "like a pirate",
    )
    assert live_in(Workspace.objects.get(pk=pk)).tone == "like a pirate"
    assert live_in(Workspace.objects.get(slug="plain")) == Content()

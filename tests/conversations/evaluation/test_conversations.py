import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from assistant.errors import ServiceError
from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Workspace
from conversations.evaluation import conversations
from conversations.identity import made_up
from conversations.models import Contact, Conversation
from knowledge.articles import publishing
from knowledge.models import Article, Gap
from tests.conftest import RETURNS

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [
    {
        "id": "q",
        "kind": "question",
        "text": "How do I send something back?",
        "articles": ["returns"],
        "answer": "Print the label from your account, put it on the parcel and hand it in at any post office.",
    },
    {"id": "u", "kind": "unanswerable", "text": "Can you fly my parcel to the moon?"},
    {"id": "s", "kind": "small_talk", "text": "hi there :)"},
    {"id": "p", "kind": "wants_person", "text": "Can I talk to a human please?"},
    {
        "id": "y",
        "kind": "yes_no",
        "text": "yes please",
        "expect": "accept",
        "history": [
            {"role": "customer", "text": "Can you fly my parcel to the moon?"},
            {
                "role": "assistant",
                "text": "I couldn't find an answer to that in our help articles. Would you like to talk to a person?",
            },
        ],
    },
]


@pytest.fixture
def returns(workspace: Workspace) -> Article:
    draft = publishing.save_draft(workspace, external_id="returns", title="Returns", body=RETURNS)
    return publishing.publish(draft).article


def evaluated(folder: Path, rows: list[dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], str]:
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    totals = StringIO()
    call_command(
        "evaluate", "conversation", folder / "rows.jsonl", out=folder / "out.jsonl", stderr=totals, verbosity=0
    )
    answers = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    return {answer["id"]: answer for answer in answers}, totals.getvalue()


@pytest.mark.usefixtures("no_engine")
def test_messages_are_asked_as_customers_ask_them_and_scored_by_kind(returns: Article, tmp_path: Path) -> None:
    answers, totals = evaluated(tmp_path, ROWS)

    assert {name: answer["right"] for name, answer in answers.items()} == dict.fromkeys("usqpy", True)
    assert (answers["q"]["cited"], answers["q"]["told"]) == (["returns"], True)
    assert answers["y"]["waits"]
    assert "question, right: 1.000" in totals


@pytest.mark.usefixtures("no_engine")
def test_nothing_is_left_of_the_customers_that_were_made_up(returns: Article, tmp_path: Path) -> None:
    evaluated(tmp_path, ROWS)

    assert not Contact.objects.exists()
    assert not Conversation.objects.exists()
    assert not Gap.objects.exists()


@pytest.mark.usefixtures("no_engine")
def test_the_shop_s_programs_hear_nothing_of_customers_that_were_made_up(
    returns: Article, workspace: Workspace, tmp_path: Path
) -> None:
    Endpoint.objects.create(workspace=workspace, url="https://hooks.test/")

    evaluated(tmp_path, ROWS)

    assert not Delivery.objects.exists()


@pytest.mark.usefixtures("no_engine")
def test_nothing_is_left_of_a_customer_whose_message_is_not_let_in(returns: Article, tmp_path: Path) -> None:
    said = [{"role": "customer", "text": "Do you sell lamps?"}, {"role": "assistant", "text": "Yes."}]

    with pytest.raises(ServiceError):
        evaluated(tmp_path, [{"kind": "follow_up", "text": "", "history": said}])

    assert not Contact.objects.exists()
    assert not Conversation.objects.exists()


def test_a_kind_that_nobody_knows_is_named(returns: Article, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Row 1 .*'riddle'"):
        evaluated(tmp_path, [{"kind": "riddle", "text": "What walks on four legs?"}])

    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("external_id", "is_left"),
    [(made_up.new_external_id(), False), ("evaluation:anna", True), ("evaluation:anna:c2lnbmVk", True)],
    ids=["made up", "named so by a shop", "with a signature that is not ours"],
)
def test_only_customers_that_were_made_up_are_cleared_away(
    workspace: Workspace, external_id: str, is_left: bool
) -> None:
    """What a worker that died left behind goes with the next run; a shop's customer never does."""
    contact = Contact.objects.create(workspace=workspace, external_id=external_id)
    Contact.objects.update(created_at=timezone.now() - timedelta(days=1))

    conversations.erase_left_over(workspace)

    assert Contact.objects.filter(pk=contact.pk).exists() == is_left
    assert made_up.is_made_up(contact) != is_left

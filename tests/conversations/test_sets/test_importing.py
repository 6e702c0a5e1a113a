"""Importing cases from CSV and JSON lines, all of a file or none, with an error for each line."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assistant.workspaces.models import Workspace
from conversations.test_sets import cases, errors
from conversations.test_sets.importing import import_file
from conversations.test_sets.models import Case
from conversations.test_sets.models import TestSet as Cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def test_set(workspace: Workspace) -> Cases:
    return Cases.objects.create(workspace=workspace, name="Returns")


def refusal_of(test_set: Cases, name: str, content: str) -> errors.TestFileRefused:
    with pytest.raises(errors.TestFileRefused) as refused:
        import_file(test_set, name, content.encode())
    assert not Case.objects.exists()
    return refused.value


def test_the_rows_of_the_command_are_cases(test_set: Cases):
    row = {
        "id": "d1",
        "kind": "two_questions",
        "text": "Can I return it? And where is it?",
        "lang": "en",
        "history": [{"role": "user", "text": "hi"}, {"role": "assistant", "text": "Hello."}],
        "articles": ["returns", "track"],
        "answer": "30 days",
        "answer_2": "Track it",
        "expect": "both",
        "answerable": True,
    }

    imported = import_file(test_set, "rows.jsonl", json.dumps(row).encode() + b"\n\n")

    case = test_set.cases.get()
    assert (imported.added, case.source) == (1, "file")
    assert case.as_row() == {
        **{name: row[name] for name in ("kind", "text", "articles", "answer", "answer_2", "expect", "lang")},
        "history": [{"role": "customer", "text": "hi"}, {"role": "assistant", "text": "Hello."}],
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_whatever_separates_its_columns(test_set: Cases, separator: str):
    table = [
        ["Kind", "Question", "Articles"],
        ["question", "Can I\nreturn it?", "returns|refunds"],
        ["vague", "it broke"],
    ]
    content = "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in table)

    import_file(test_set, "rows.csv", content.encode("utf-8-sig"))

    assert list(test_set.cases.values_list("kind", "message", "articles")) == [
        ("question", "Can I\nreturn it?", ["returns", "refunds"]),
        ("vague", "it broke", []),
    ]


def test_the_history_of_a_table_is_written_as_it_was_said(test_set: Cases):
    content = 'message,history\n"and there?","customer: Do you ship?\nassistant: Yes,\nall of it."\n'

    import_file(test_set, "rows.csv", content.encode())

    assert test_set.cases.get().history == [
        {"role": "customer", "text": "Do you ship?"},
        {"role": "assistant", "text": "Yes,\nall of it."},
    ]


def test_each_line_that_cannot_be_read_is_named_and_nothing_is_added(test_set: Cases):
    lines = [
        '{"kind": "question", "text": "Good?"}',
        "{oops",
        "[1]",
        '{"kind": "riddle", "text": "What walks?"}',
        '{"kind": "question"}',
        '{"text": 5}',
        '{"text": "x", "history": [{"role": "king", "text": "y"}]}',
        '{"text": "x", "articles": {"a": 1}}',
        '{"text": "nul \\u0000"}',
    ]

    refused = refusal_of(test_set, "rows.jsonl", "\n".join(lines))

    assert refused.code == "test_file_refused"
    assert [problem.partition(":")[0] for problem in refused.problems] == [f"Line {n}" for n in range(2, 10)]
    assert "“riddle” is not a valid kind" in refused.problems[2]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("kind,articles\nquestion,returns\n", "Line 1: No “message” column"),
        ("message,kind\nhi,question,more\n", "Line 2: The row has more cells than there are columns."),
        ('sep=;\nmessage;kind\n"a\nb";question\nhi;riddle\n', "Line 5: “riddle” is not a valid kind"),
        ('message\n"never ends\n', "Not valid CSV"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_line(test_set: Cases, content: str, problem: str):
    assert problem in refusal_of(test_set, "rows.csv", content).problems[0]


def test_a_file_of_errors_names_the_first_twenty(test_set: Cases):
    assert len(refusal_of(test_set, "rows.jsonl", "x\n" * 1_000).problems) == 20


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_file_without_rows_is_refused(test_set: Cases, content: str):
    assert "no rows" in refusal_of(test_set, "rows.jsonl", content).sentence


def test_a_file_that_is_no_text_is_refused(test_set: Cases):
    with pytest.raises(errors.TestFileRefused, match="UTF-8"):
        import_file(test_set, "rows.jsonl", b"\xff\x00\x81")


def test_the_same_file_twice_does_not_double_the_set(test_set: Cases):
    content = b'{"text": "Good?"}\n{"text": "Good?"}\n{"text": "Better?"}'
    import_file(test_set, "rows.jsonl", content)

    again = import_file(test_set, "rows.jsonl", content)

    assert (again.added, again.known, test_set.cases.count()) == (0, 3, 2)


def test_lines_that_may_tell_of_a_person_are_pointed_out(test_set: Cases):
    content = b'{"text": "Good?"}\n{"text": "I am ana@example.com"}'

    assert import_file(test_set, "rows.jsonl", content).personal == (2,)


@pytest.mark.parametrize(
    ("setting", "most", "row", "code"),
    [
        ("TEST_CASE_MAX_CHARS", 5, {"message": "123456"}, "test_case_too_long"),
        ("TEST_CASE_MAX_CHARS", 5, {"message": "1", "answer": "123456"}, "test_case_too_long"),
        ("TEST_CASE_HISTORY_MAX", 1, {"message": "1", "history": [["user", "a"], ["bot", "b"]]}, "test_case_invalid"),
        ("TEST_CASE_HISTORY_MAX", 1, {"message": "1", "history": [["user", "a"], ["user", "b"]]}, "test_case_too_long"),
    ],
)
def test_what_is_too_long_for_a_case_is_refused(settings: Any, setting: str, most: int, row: Any, code: str):
    setattr(settings, setting, most)

    with pytest.raises(errors.TestCaseInvalid) as refused:
        cases.checked(row)

    assert refused.value.code == code


def test_a_file_that_is_too_large_is_refused(test_set: Cases, settings: Any):
    settings.TEST_FILE_MAX_BYTES = 10

    assert refusal_of(test_set, "rows.jsonl", '{"text": "Good?"}').code == "test_file_too_large"


def test_a_file_with_more_cases_than_fit_is_refused_whole(test_set: Cases, settings: Any):
    settings.TEST_SET_MAX_CASES = 1

    with pytest.raises(errors.TestSetFull):
        import_file(test_set, "rows.jsonl", b'{"text": "1"}\n{"text": "2"}')

    assert not Case.objects.exists()


def test_deep_json_is_a_line_to_mend(test_set: Cases):
    deep = "[" * 100_000
    rows = json.dumps({"text": "x", "history": deep}) + "\n" + '{"text": ' + deep

    assert len(refusal_of(test_set, "rows.jsonl", rows).problems) == 2


def test_a_curator_imports_a_file_and_sees_what_is_wrong_with_it(test_set: Cases, admin_client: Client):
    address = reverse("admin:test_sets_testset_import", args=[test_set.pk])

    wrong = admin_client.post(address, {"file": SimpleUploadedFile("rows.jsonl", b"{oops")})
    good = admin_client.post(address, {"file": SimpleUploadedFile("rows.jsonl", b'{"text": "Good?"}')}, follow=True)
    none = admin_client.post(address)

    assert "Line 1: Not valid JSON" in wrong.content.decode()
    assert "Cases added: 1." in good.content.decode()
    assert "Choose a file." in none.content.decode()


@pytest.mark.parametrize(
    "content",
    ["message" + "," * 50_000 + "\n" + "hi\n" * 400, "message" + "," * 2_500_000 + "\n" + "hi\n" * 700_000],
    ids=["51 KB", "5 MB"],
)
def test_a_table_of_very_many_columns_is_refused_before_a_row_is_filled_up(test_set: Cases, content: str):
    """A short row of a wide table costs as much as a long one: 51 KB took a second, 5 MB would have taken a day."""
    refused = refusal_of(test_set, "wide.csv", content)

    assert refused.details["problems"] == ["Line 1: It has more than 100 columns."]


def test_no_more_rows_are_read_than_a_set_may_have(test_set: Cases, settings: Any):
    settings.TEST_SET_MAX_CASES = 3
    rows = ['{"text": "one"}', '{"text": "two"}', '{"text": "three"}', '{"text": "four"}', "no JSON, and never read"]

    with pytest.raises(errors.TestSetFull):
        import_file(test_set, "rows.jsonl", "\n".join(rows).encode())

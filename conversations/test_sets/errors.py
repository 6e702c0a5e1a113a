"""Errors of test sets."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.errors import Conflict, ServiceError


class TestSetsFull(ServiceError):
    code = "test_sets_full"
    http_status = 422
    sentence = "This workspace has reached the maximum number of test sets."


class TestSetFull(ServiceError):
    code = "test_set_full"
    http_status = 422
    sentence = "This test set has reached the maximum number of cases."


class TestSetEmpty(Conflict):
    code = "test_set_empty"
    sentence = "This test set has no cases yet."


class TestSetRunning(Conflict):
    code = "test_set_running"
    sentence = "This test set is being run under another version of the guidance. Wait until that run has finished."


class TestCaseInvalid(ServiceError):
    code = "test_case_invalid"
    http_status = 422
    sentence = "This case is not valid."


class TestCaseTooLong(TestCaseInvalid):
    code = "test_case_too_long"
    sentence = "This case is too long."


class TestCasePersonal(ServiceError):
    """The message contains personal data that can't be removed."""

    code = "test_case_personal"
    http_status = 422
    sentence = "This message contains personal data. Please type the case in your own words."


class TestFileRefused(ServiceError):
    """`problems` names each line that cannot be read, and why. No case of the file was added."""

    code = "test_file_refused"
    http_status = 422
    sentence = "This file cannot be imported."

    def __init__(self, sentence: str | None = None, problems: Sequence[str] = ()) -> None:
        super().__init__(sentence, problems=list(problems))
        self.problems = list(problems)


class TestFileTooLarge(TestFileRefused):
    code = "test_file_too_large"
    http_status = 413
    sentence = "This file is too large."

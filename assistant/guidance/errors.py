"""Errors of guidance."""

from __future__ import annotations

from assistant.errors import Conflict, ServiceError


class GuidanceInvalid(ServiceError):
    """Guidance cannot be saved. `field` is the invalid field of `Content`; empty if it concerns all of them."""

    code = "guidance_invalid"
    http_status = 422
    sentence = "This guidance is not valid."

    def __init__(self, sentence: str | None = None, field: str = "") -> None:
        super().__init__(sentence, field=field)
        self.field = field


class GuidanceTooLong(GuidanceInvalid):
    code = "guidance_too_long"
    sentence = "A text of this guidance is too long."


class GuidanceTooMany(GuidanceInvalid):
    code = "guidance_too_many"
    sentence = "This guidance has too many entries."


class GuidanceConflict(Conflict):
    """Another version was saved or published. `newest` is its number."""

    code = "guidance_conflict"
    sentence = "The guidance was changed in the meantime."

    def __init__(self, sentence: str | None = None, newest: int = 0) -> None:
        super().__init__(sentence, newest=newest)
        self.newest = newest

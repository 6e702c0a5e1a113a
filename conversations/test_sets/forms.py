"""The forms of test sets in the staff admin."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from assistant.errors import ServiceError
from assistant.staff.fields import LinesField
from conversations.test_sets import cases
from conversations.test_sets.models import NAME_TAKEN, Case, TestSet

CHECKED = ("kind", "message", "history", "articles", "answer", "answer_2", "expect", "lang")


class HistoryField(forms.CharField):
    """Earlier messages, as lines that start with the role."""

    def prepare_value(self, value: Any) -> Any:
        return cases.as_spoken(value) if isinstance(value, list) else value


class CaseForm(forms.ModelForm):
    message = forms.CharField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), help_text="As a customer writes it")
    history = HistoryField(
        label="Earlier messages",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="Oldest first. Start each message with “customer:” or “assistant:”.",
    )
    articles = LinesField(
        label="Expected articles",
        required=False,
        help_text="External ids of the articles that answer the question, one per line. "
        "Leave empty if nothing should be cited.",
    )
    answer = forms.CharField(
        label="Answer",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Words of the article that the reply should contain. It counts as told if it has 80 % of them.",
    )
    answer_2 = forms.CharField(
        label="Second answer", required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    class Meta:
        model = Case
        fields = ("test_set", *CHECKED)
        labels = {"expect": "Expected", "lang": "Language"}
        help_texts = {
            "kind": "Decides what counts as right. See docs/understanding.md.",
            "expect": "For “Yes or no”: “accept” if the customer wants a person. Otherwise a note for yourself.",
            "lang": "e.g. en or de. Results in other languages are counted separately.",
        }

    def clean(self) -> dict[str, Any]:
        """What a file's row is held to, a typed case is too."""
        given = {name: self.data.get(name, "") for name in CHECKED}
        cleaned = super().clean() or {}
        try:
            checked = cases.checked(given)
            if (test_set := cleaned.get("test_set")) and test_set.pk != self.initial.get("test_set", None):
                cases.require_room(test_set, 1)
        except ServiceError as error:
            raise forms.ValidationError(error.sentence, error.code) from error
        return {**cleaned, **checked}


class SetForm(forms.ModelForm):
    class Meta:
        model = TestSet
        fields = ("workspace", "name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.instance._state.adding:  # whose workspace is none of its fields
            self._require_own_name(cleaned.get("name", ""))
        elif workspace := cleaned.get("workspace"):
            try:
                cases.require_room_for_a_set(workspace)
            except ServiceError as error:
                raise forms.ValidationError(error.sentence, error.code) from error
        return cleaned

    def _require_own_name(self, name: str) -> None:
        others = TestSet.objects.filter(workspace=self.instance.workspace_id).exclude(pk=self.instance.pk)
        if others.filter(name=name).exists():
            raise forms.ValidationError({"name": NAME_TAKEN})

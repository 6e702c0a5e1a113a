"""The form of an article: its attributes, and the text of its newest revision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from assistant.staff.fields import LinesField
from assistant.staff.workspace_choice import workspace_choice
from assistant.workspaces.models import Workspace
from knowledge.models import Article
from knowledge.search.types import CUSTOMERS, INTERNAL, PUBLIC

TRIED_MAX_CHARS = 1_000
# The form carries the value that the page showed for these fields: if it is unchanged, a colleague's concurrent change
# is kept.
SHOWN_AS_READ = {"audience", "publish_at", "expires_at"}
ASKED_BY = {PUBLIC: "Anyone", CUSTOMERS: "A signed-in customer", INTERNAL: "Staff"}


class ArticleForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no argument at run time
    body = forms.CharField(
        label="Text",
        required=False,
        strip=False,
        max_length=settings.ARTICLE_MAX_CHARS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 24, "spellcheck": "true"}),
    )
    note = forms.CharField(
        label="What changed",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Optional note for the history"}),
    )
    tags = LinesField(required=False, help_text="One per line")

    class Meta:
        model = Article
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets name them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "body" in self.fields:
            self.fields["body"].initial = self.instance.body
        for name in SHOWN_AS_READ & self.fields.keys():
            self.fields[name].show_hidden_initial = True

    def clean_body(self) -> str:
        return as_stored(self.cleaned_data["body"])

    def clean_publish_at(self) -> datetime | None:
        hour: datetime | None = self.cleaned_data["publish_at"]
        goes_on = {"_publish", "_review"} & set(self.data)
        if hour and self.instance.status == Article.Status.ARCHIVED and not goes_on:
            raise forms.ValidationError("You can't schedule an archived article. Publish it or submit it for review.")
        return hour


def as_stored(body: str) -> str:
    """Normalise CRLF from browsers to LF, so that an unchanged text is recognised."""
    return str(body).replace("\r\n", "\n").strip()


class AnswersForm(forms.Form):
    """Mark whether an article answers a question tried by staff."""

    question = forms.CharField(max_length=TRIED_MAX_CHARS)
    answers = forms.BooleanField(required=False)


class TryForm(forms.Form):
    """A question to try, in one of the staff member's workspaces."""

    q = forms.CharField(label="Question", max_length=TRIED_MAX_CHARS, widget=UnfoldAdminTextInputWidget())
    audience = forms.ChoiceField(
        choices=ASKED_BY,
        required=False,
        initial=PUBLIC,
        label="Asked by",
        widget=UnfoldAdminSelectWidget(),
    )

    def __init__(self, *args: Any, workspaces: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workspace"] = workspace_choice(workspaces)
        self.fields["workspace"].required = len(workspaces) > 1

    def clean_workspace(self) -> Workspace:
        return self.cleaned_data["workspace"] or self.fields["workspace"].queryset.get()  # type: ignore[attr-defined]

    def clean_audience(self) -> str:
        return self.cleaned_data["audience"] or PUBLIC

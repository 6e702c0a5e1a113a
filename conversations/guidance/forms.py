"""The form of a draft: its texts, and one small form for each topic."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.forms import BaseFormSet, formset_factory
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from assistant.guidance.content import Content, Length, Response, Topic
from assistant.guidance.limits import problems
from assistant.staff.fields import LinesField

TOPICS = ("forbidden_topics", "handoff_topics")
ROWS_MAX = 100  # that are read; how many may be saved is GUIDANCE_MAX_TOPICS
EMPTY_ROWS = 2  # for topics to be added; saving gives two more


def _text(rows: int, label: str, help_text: str = "") -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class GuidanceForm(forms.Form):
    persona = _text(2, "Persona", "Who the assistant is, for example “a patient gardener”.")
    tone = _text(2, "Tone", "How it sounds, for example “warm and brief”.")
    length = forms.ChoiceField(choices=Length.choices, widget=UnfoldAdminSelectWidget())
    do = LinesField(label="Do", required=False)
    do_not = LinesField(label="Do not", required=False)
    languages = forms.CharField(
        label="Languages answered",
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Language codes such as “en, de”. Leave empty to answer in every language.",
    )
    other_languages = _text(2, "Reply in other languages", "What a customer gets who writes in any other language.")
    comment = forms.CharField(
        label="What changed",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Optional note for the history"}),
    )
    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = f"One per line. At most {settings.GUIDANCE_LIST_MAX_ITEMS}"
        self.fields["do"].help_text = self.fields["do_not"].help_text = (
            f"{lines}, each with at most {settings.GUIDANCE_ITEM_MAX_CHARS} characters."
        )
        for name, most in (
            ("persona", settings.GUIDANCE_PERSONA_MAX_CHARS),
            ("tone", settings.GUIDANCE_TONE_MAX_CHARS),
            ("other_languages", settings.GUIDANCE_REPLY_MAX_CHARS),
        ):
            self.fields[name].help_text = f"{self.fields[name].help_text} At most {most} characters."

    def clean_languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.cleaned_data["languages"].lower().replace(",", " ").split()))


class TopicForm(forms.Form):
    name = forms.CharField(label="Topic", required=False, widget=UnfoldAdminTextInputWidget())
    words = LinesField(
        label="Words", required=False, help_text="Words or phrases, one per line. One of them in a message is enough."
    )
    examples = LinesField(
        label="Example questions", required=False, help_text="One per line. Messages like these are recognised too."
    )
    response = forms.ChoiceField(
        label="Then", choices=Response.choices, required=False, initial=Response.SAY, widget=UnfoldAdminSelectWidget()
    )
    reply = _text(2, "Reply")

    def as_topic(self) -> Topic:
        given = self.cleaned_data
        return Topic(
            name=given["name"],
            words=tuple(given["words"]),
            examples=tuple(given["examples"]),
            response=given["response"] or Response.SAY,
            reply=_as_stored(given["reply"]),
        )


class HandoffForm(TopicForm):
    """As a topic, of which only the reply is a choice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["response"]
        self.fields["name"].label = "Hand over when"
        self.fields["reply"].help_text = "Leave empty for the standard reply."

    def as_topic(self) -> Topic:
        self.cleaned_data["response"] = Response.HAND_OVER
        return super().as_topic()


class DraftForms:
    """The form and its topics, for one page."""

    def __init__(self, content: Content, data: Any = None, seen: Any = None) -> None:
        kinds = zip(TOPICS, (TopicForm, HandoffForm), strict=True)
        self.form = GuidanceForm(data, initial=_initial(content) | {"seen": seen})
        self.topics: dict[str, BaseFormSet[Any]] = {
            name: formset_factory(kind, extra=EMPTY_ROWS, can_delete=True, max_num=ROWS_MAX, absolute_max=ROWS_MAX)(
                data, prefix=name, initial=[_as_initial(topic) for topic in getattr(content, name)]
            )
            for name, kind in kinds
        }
        self.errors: dict[str, list[str]] = {}  # of topics, and of all texts together under ""

    def is_valid(self) -> bool:
        if not all([self.form.is_valid(), *(formset.is_valid() for formset in self.topics.values())]):
            return False
        for problem in problems(self.content):
            if problem.field in self.form.fields:
                self.form.add_error(problem.field, problem.sentence)
            else:
                self.errors.setdefault(problem.field, []).append(problem.sentence)
        return not (self.form.errors or self.errors)

    @property
    def content(self) -> Content:
        given = self.form.cleaned_data
        return Content(
            persona=_as_stored(given["persona"]),
            tone=_as_stored(given["tone"]),
            length=given["length"],
            do=tuple(given["do"]),
            do_not=tuple(given["do_not"]),
            forbidden_topics=self._topics("forbidden_topics"),
            handoff_topics=self._topics("handoff_topics"),
            languages=given["languages"],
            other_languages=_as_stored(given["other_languages"]),
        )

    def _topics(self, name: str) -> tuple[Topic, ...]:
        kept = [form for form in self.topics[name] if not form.cleaned_data.get("DELETE")]
        return tuple(form.as_topic() for form in kept if form.has_changed() or form.initial)


def _as_stored(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _initial(content: Content) -> dict[str, Any]:
    texts = {name: getattr(content, name) for name in ("persona", "tone", "length", "other_languages")}
    lists = {name: list(getattr(content, name)) for name in ("do", "do_not")}
    return texts | lists | {"languages": ", ".join(content.languages)}


def _as_initial(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.name,
        "words": list(topic.words),
        "examples": list(topic.examples),
        "response": topic.response,
        "reply": topic.reply,
    }


class PreviewForm(forms.Form):
    """The questions of a preview, one field each."""

    def __init__(self, *args: Any, suggested: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = suggested or []
        for at in range(settings.GUIDANCE_PREVIEW_QUESTIONS):
            self.fields[f"question_{at}"] = forms.CharField(
                label=f"Question {at + 1}",
                required=False,
                initial=given[at] if at < len(given) else "",
                max_length=settings.MESSAGE_MAX_CHARS,
                widget=UnfoldAdminTextInputWidget(),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.values()):
            raise forms.ValidationError("Write at least one question.", "guidance_preview_empty")
        return cleaned

    @property
    def questions(self) -> list[str]:
        return [text for text in self.cleaned_data.values() if text]

"""Widgets in the staff admin: the form, a live preview, and the snippet to copy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from assistant.errors import ServiceError
from assistant.staff.base_admin import WorkspaceBound
from assistant.staff.fields import LinesField
from assistant.staff.permissions import Role
from assistant.workspaces import logos, origins
from assistant.workspaces.models import Widget

ACCENT = "#4f46e5"
POSITIONS = [("right", "Right"), ("left", "Left")]
DARK = [("auto", "Follow the visitor's system"), ("light", "Always light"), ("dark", "Always dark")]


class WidgetForm(forms.ModelForm):
    """Shows the parts of the theme as separate fields. Other parts of the theme are kept."""

    origins = LinesField(required=False, help_text="One per line, with scheme and port, e.g. https://shop.example")
    suggestions = LinesField(required=False, help_text="Questions shown before the first message, one per line")
    accent = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        initial=ACCENT,
        widget=UnfoldAdminColorInputWidget(attrs={"type": "color"}),
        help_text="Text colours are adjusted for readable contrast (4.5:1)",
    )
    logo = forms.FileField(
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(logos.TYPES)}),
        help_text="Shown in the chat header, 36 px high. PNG, JPEG or WebP",
    )
    position = forms.ChoiceField(choices=POSITIONS, widget=UnfoldAdminSelectWidget)
    dark = forms.ChoiceField(choices=DARK, widget=UnfoldAdminSelectWidget, label="Dark mode")
    attachments = forms.BooleanField(
        required=False, initial=True, widget=UnfoldBooleanSwitchWidget, label="Customers may send files"
    )
    link_hosts = LinesField(required=False, help_text="Extra domains answers may link to, one per line")
    LOOKS = ("accent", "position", "dark", "attachments", "link_hosts")

    class Meta:
        model = Widget
        fields = ("workspace", "name", "enabled", "origins", "greeting", "suggestions", "locale", "identity_secret")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.LOOKS:
            if name in self.instance.theme:
                self.initial[name] = self.instance.theme[name]
        if logo := logos.of(self.instance):
            self.initial["logo"] = logo

    def clean_origins(self) -> list[str]:
        """Normalise the origins as browsers send them, because they are compared exactly."""
        normalised: list[str] = []
        errors = []
        for written in self.cleaned_data["origins"]:
            try:
                normalised.append(origins.normalised(written))
            except origins.OriginInvalid as refusal:
                errors.append(forms.ValidationError(str(refusal), code="origin_invalid"))
        if errors:
            raise forms.ValidationError(errors)
        return list(dict.fromkeys(normalised))

    def clean_logo(self) -> bytes | bool | None:
        """Return the new logo, False to remove the current one, or None for no change."""
        given = self.cleaned_data["logo"]
        if not isinstance(given, UploadedFile):
            return False if given is False else None
        if isinstance(given.drawn, ServiceError):
            raise forms.ValidationError(given.drawn.sentence, code=given.drawn.code)
        return given.drawn

    def save(self, commit: bool = True) -> Widget:
        self.instance.theme = {**self.instance.theme, **{name: self.cleaned_data[name] for name in self.LOOKS}}
        return super().save(commit)


@admin.register(Widget)
class WidgetAdmin(WorkspaceBound):
    empty_text = "A widget puts the chat on a website."
    form = WidgetForm
    view_role = add_role = change_role = delete_role = Role.ADMIN
    list_display = ("name", "workspace", "public_key", "shown_origins", "enabled")
    list_filter = ("workspace", "enabled")
    readonly_fields = ("public_key",)
    change_form_after_template = "admin/workspaces/widget/snippet.html"
    fieldsets = (
        (None, {"fields": (("workspace", "name"), ("public_key", "enabled"), "origins")}),
        (
            "What customers see",
            {
                "fields": (
                    "greeting",
                    "suggestions",
                    ("locale", "accent"),
                    "logo",
                    ("position", "dark"),
                    "attachments",
                    "link_hosts",
                )
            },
        ),
        ("Identity", {"fields": ("identity_secret",)}),
    )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Re-encode the logo before Django opens the page's transaction, so as not to hold a connection meanwhile."""
        logo = request.FILES.get("logo") if request.method == "POST" and self.has_add_permission(request) else None
        if logo:
            logo.drawn = logos.drawn_or_refused(logo)
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Widget, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        logo = form.cleaned_data["logo"]
        if logo:
            logos.keep(obj, logo)
        elif logo is False:
            logos.remove(obj)

    def page_context(self, request: HttpRequest, row: Widget) -> dict[str, Any]:
        address = f"{settings.PUBLIC_URL}/widget.js"
        logo = logos.of(row)
        return {
            "snippet": f'<script async src="{address}" data-widget="{row.public_key}"></script>',
            "assistant_name": row.workspace.assistant_name,
            "notice": row.workspace.notice,
            "logo": logo.url if logo else "",
        }

    @display(description="Origins")
    def shown_origins(self, widget: Widget) -> str:
        return ", ".join(widget.origins[:2]) + (" ..." if len(widget.origins) > 2 else "")

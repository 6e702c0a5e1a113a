"""The form of a model in the staff admin."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from assistant.egress import guard
from assistant.egress.guard import EgressBlocked
from assistant.llm.connections import servers
from assistant.llm.connections.models import ModelConnection
from assistant.llm.connections.presets import PRESETS

KEY = re.compile(r"[!-~]{1,4096}")  # what an HTTP header may contain, without spaces
ENDPOINT = "/chat/completions"


def preset_details() -> str:
    """Return the values that the page fills in when a provider is chosen, as JSON."""
    return json.dumps(
        {
            name: {"url": each.base_url, "context": each.context_tokens, "key": each.needs_key, "hint": each.hint}
            for name, each in PRESETS.items()
        }
    )


class ModelConnectionForm(forms.ModelForm):
    """The API key can be set but is never shown. An empty field keeps the current one."""

    is_by_superuser = False  # set by the admin for each request
    api_key = forms.CharField(
        label="API key",
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    remove_key = forms.BooleanField(
        label="Remove the stored key",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="For a server that needs none any more.",
    )
    test = forms.BooleanField(
        label="Test after saving",
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text="About fifteen tiny requests. They find out what the server can do.",
    )

    class Meta:
        model = ModelConnection
        fields = (
            *("name", "workspace", "preset", "base_url", "model", "tier", "order", "weight", "context_tokens"),
            *("max_output_tokens", "first_token_timeout_s", "total_timeout_s", "reasoning_effort", "price_as"),
            *("masking", "enabled"),
        )
        widgets = {
            "preset": UnfoldAdminSelectWidget,
            "masking": UnfoldAdminSelectWidget,
            "base_url": UnfoldAdminTextInputWidget,
        }

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        stored = self.instance.has_key
        self.fields["api_key"].help_text = (
            "A key is stored. Leave empty to keep it." if stored else "Stored encrypted, and never shown again."
        )
        self.initial["test"] = self.instance.test_state != ModelConnection.Test.PASSED
        if not stored:
            del self.fields["remove_key"]
        if "workspace" in self.fields and not self.fields["workspace"].required:
            self.fields["workspace"].empty_label = "All workspaces"
        if "preset" in self.fields:
            self.fields["preset"].widget.attrs["data-presets"] = preset_details()

    def clean_base_url(self) -> str:
        url = self.cleaned_data["base_url"].strip()
        try:
            parts = urlsplit(url)
            is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            is_whole = False
        if not is_whole or len(url.split()) != 1:
            raise forms.ValidationError("Enter a URL that begins with http:// or https://.", code="url_invalid")
        if parts.username or parts.password or parts.fragment:
            raise forms.ValidationError("A URL with a password or a # is not accepted.", code="url_invalid")
        if "YOUR-" in url:
            raise forms.ValidationError("Put the name of your own resource into the URL.", code="url_invalid")
        if not guard.is_allowed(parts.hostname or "", parts.port):
            raise forms.ValidationError(str(EgressBlocked(parts.hostname or "")), code=EgressBlocked.code)
        path = (
            parts.path.rstrip("/").removesuffix(ENDPOINT) if parts.path.rstrip("/").endswith(ENDPOINT) else parts.path
        )
        url = parts._replace(path=path).geturl()
        if refusal := servers.refusal(url, self._approval(url)):
            raise forms.ValidationError(refusal, code="address_refused")
        return url

    def _approval(self, url: str) -> str:
        return servers.approval(url, self.instance.private_server, by_superuser=self.is_by_superuser)

    def clean_api_key(self) -> str:
        key = self.cleaned_data["api_key"]
        if key and not KEY.fullmatch(key):
            raise forms.ValidationError(
                "The key holds a blank or a character that keys do not have. Copy it again.", code="key_invalid"
            )
        return key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        preset, key = PRESETS.get(cleaned.get("preset", "")), cleaned.get("api_key")
        keeps = self.instance.has_key and not key and not cleaned.get("remove_key")
        if preset and preset.needs_key and not key and not keeps and "api_key" not in self.errors:
            self.add_error("api_key", forms.ValidationError(f"{preset.label} needs an API key.", code="key_missing"))
        if keeps and "base_url" in cleaned and self._names_another_server(cleaned["base_url"]):
            self.add_error(
                "api_key",
                forms.ValidationError(
                    "The base URL names another server. Enter the key again: the stored one is not sent there.",
                    code="key_of_another_server",
                ),
            )
        return cleaned

    def _names_another_server(self, base_url: str) -> bool:
        before, now = urlsplit(self.initial.get("base_url", "")), urlsplit(base_url)
        return (before.scheme, before.netloc.lower()) != (now.scheme, now.netloc.lower())

    @property
    def is_public_only(self) -> bool:
        """Return whether the server may be called only at public addresses."""
        url = self.cleaned_data["base_url"]
        return servers.is_public_only(url, self._approval(url))

    @property
    def key(self) -> str:
        """Return the entered API key, otherwise the stored one. Raises KeyUnreadable."""
        entered: str = self.cleaned_data["api_key"]
        return entered or ("" if self.cleaned_data.get("remove_key") else self.instance.key())

    def apply_server(self, row: ModelConnection) -> None:
        """Store whether a superuser allowed this server."""
        row.private_server = self._approval(row.base_url)

    def apply_key(self, row: ModelConnection) -> None:
        """Store the entered key. A key that is kept is encrypted again with the newest secret."""
        if self.cleaned_data.get("remove_key"):
            row.set_key("")
        elif key := self.cleaned_data["api_key"]:
            row.set_key(key)
        elif row.is_key_readable:
            row.set_key(row.key())

    @property
    def is_another_server(self) -> bool:
        """Return whether a change makes earlier test results invalid."""
        return bool({"base_url", "model", "api_key", "remove_key"} & set(self.changed_data))

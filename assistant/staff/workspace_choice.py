"""Which shop a form of the staff admin is about."""

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget

from assistant.workspaces.models import Workspace


def workspace_choice(workspaces: QuerySet[Workspace]) -> forms.ModelChoiceField:
    """Of several none is chosen at first, so that nothing is done to a shop that nobody meant."""
    one = len(workspaces) == 1
    return forms.ModelChoiceField(
        workspaces, empty_label=None if one else "Choose one", widget=UnfoldAdminSelectWidget()
    )

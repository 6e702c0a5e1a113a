"""The workspace field of staff forms."""

from django import forms
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget

from assistant.workspaces.models import Workspace


def workspace_choice(workspaces: QuerySet[Workspace]) -> forms.ModelChoiceField:
    """Return the field. With several workspaces none is preselected, to avoid changes in the wrong one."""
    one = len(workspaces) == 1
    return forms.ModelChoiceField(
        workspaces, empty_label=None if one else "Choose one", widget=UnfoldAdminSelectWidget()
    )

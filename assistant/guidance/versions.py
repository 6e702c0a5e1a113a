"""Save guidance as a draft, publish it, and roll back to an older version.

Each operation locks the workspace. The workspace's row has a copy of the texts of its live version, written in the same
transaction, so that loading a workspace also loads its guidance.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from assistant.errors import NotFound
from assistant.guidance.content import Content
from assistant.guidance.errors import GuidanceConflict
from assistant.guidance.limits import problems
from assistant.guidance.models import Guidance
from assistant.workspaces.models import Workspace

Status = Guidance.Status


@transaction.atomic
def save_draft(
    workspace: Workspace, content: Content, *, seen: uuid.UUID | None, by: Any = None, comment: str = ""
) -> Guidance:
    """Save a new version as the draft. An earlier draft stays, as an old version.

    `seen` is the id of the newest version when editing began. If the newest version has the same texts, it is returned.

    Raises:
        GuidanceInvalid: see `limits.problems`.
        GuidanceConflict: another version was saved since.
    """
    for problem in problems(content):
        raise problem
    _lock(workspace)
    newest = newest_of(workspace)
    if newest and newest.pk != seen:
        who = f" by {newest.author}" if newest.author else ""
        raise GuidanceConflict(
            f"Version {newest.number}{who} was saved while you were editing. Your text is still here. "
            "Compare both, then save again to make yours the draft.",
            newest.number,
        )
    if newest and newest.status != Status.OLD and newest.content == content:
        return newest
    workspace.guidance_versions.drafts().update(status=Status.OLD)  # type: ignore[attr-defined]
    return _append(workspace, content, newest, author=by, comment=comment)


@transaction.atomic
def go_live(version: Guidance, by: Any = None) -> Guidance:
    """Publish this draft.

    Raises:
        GuidanceConflict: it is not the draft any more, or another version went live since it was written.
    """
    _lock(version.workspace)
    version.refresh_from_db()
    live = live_version(version.workspace)
    if version.status != Status.DRAFT:
        raise GuidanceConflict(
            f"Version {version.number} is not the draft any more. Open the newest version and check it.",
            _number(newest_of(version.workspace)),
        )
    if live and version.base_id != live.pk:
        raise GuidanceConflict(
            f"Version {live.number} went live after this draft was written. Compare both, then save the draft again.",
            live.number,
        )
    return _publish(version, live, by)


@transaction.atomic
def roll_back(version: Guidance, by: Any = None) -> Guidance:
    """Publish a new version with the texts of an old one. An existing draft stays, but must be saved again.

    Raises:
        GuidanceConflict: the version is live or the draft.
    """
    workspace = version.workspace
    _lock(workspace)
    version.refresh_from_db()
    live = live_version(workspace)
    if version.status != Status.OLD:
        raise GuidanceConflict(f"Version {version.number} is not an old version.", _number(newest_of(workspace)))
    comment, newest = f"Same as version {version.number}", newest_of(workspace)
    again = _append(workspace, version.content, newest, author=by, comment=comment, status=Status.OLD)
    return _publish(again, live, by)


def live_version(workspace: Workspace) -> Guidance | None:
    return Guidance.objects.live().filter(workspace=workspace).first()


def newest_of(workspace: Workspace) -> Guidance | None:
    return Guidance.objects.filter(workspace=workspace).select_related("author").order_by("-number").first()


def _lock(workspace: Workspace) -> None:
    """Lock the workspace until the transaction ends.

    Raises:
        NotFound: the workspace was deleted.
    """
    if not Workspace.objects.select_for_update(no_key=True).filter(pk=workspace.pk).values_list("pk").first():
        raise NotFound


def _append(workspace: Workspace, content: Content, newest: Guidance | None, **fields: Any) -> Guidance:
    return Guidance.objects.create(
        workspace=workspace,
        number=_number(newest) + 1,
        texts=content.as_json(),
        base=live_version(workspace),
        **fields,
    )


def _publish(version: Guidance, live: Guidance | None, by: Any) -> Guidance:
    if live:
        Guidance.objects.filter(pk=live.pk).update(status=Status.OLD)
    version.status, version.published_by, version.published_at = Status.LIVE, by, timezone.now()
    version.save(update_fields=["status", "published_by", "published_at"])
    snapshot = version.as_snapshot()
    Workspace.objects.filter(pk=version.workspace_id).update(guidance=snapshot)
    version.workspace.guidance = snapshot
    return version


def _number(version: Guidance | None) -> int:
    return version.number if version else 0

"""Start an import from the admin or the API; a worker runs it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from assistant.errors import ServiceError
from assistant.workspaces.models import Workspace
from knowledge.imports import archive, tasks, web
from knowledge.imports.document import Refused
from knowledge.imports.models import Import

NAME_MAX_BYTES = 200  # file systems allow names of 255


class UploadRefused(ServiceError):
    code = "import_refused"
    http_status = 422
    sentence = "This cannot be imported."


def order(
    workspace: Workspace,
    *,
    files: Sequence[tuple[str, bytes]] = (),
    url: str = "",
    publish: bool = False,
    dry_run: bool = False,
    by: User | None = None,
) -> Import:
    """Store an import and start it in a worker. Several files become one archive.

    Raises:
        UploadRefused: nothing to import, too much data, or a host that is not allowed.
    """
    if bool(files) == bool(url):
        raise UploadRefused("Choose files or enter a URL.")
    most = settings.IMPORT_UPLOAD_MAX_BYTES
    if sum(len(content) for _, content in files) > most:
        raise UploadRefused(f"The maximum is {most:,} bytes per import.")
    if url:
        try:
            web.check(url)
        except Refused as refused:
            raise UploadRefused(refused.reason) from refused
    name, content = (url, None) if url else _one(files)
    with transaction.atomic():
        ordered = Import.objects.create(
            workspace=workspace, by=by, name=name[:300], url=url, content=content, publish=publish, dry_run=dry_run
        )
        # If the broker loses the task, the periodic task resumes the import from its row.
        transaction.on_commit(lambda: tasks.carry_on.delay(str(ordered.pk)), robust=True)
    return ordered


def repeat(tried: Import, by: User | None = None) -> Import:
    """Run a dry run for real.

    Raises:
        UploadRefused: its file is no longer stored.
    """
    if not tried.url and tried.content is None:
        raise UploadRefused("The file is no longer available. Please choose it again.")
    files = [] if tried.url else [(tried.name, bytes(tried.content or b""))]
    return order(tried.workspace, files=files, url=tried.url, publish=tried.publish, by=by)


def _one(files: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Pack files under their base names: browsers may send a path."""
    bare = [(_bare(name), content) for name, content in files]
    return bare[0] if len(bare) == 1 else ("files.zip", archive.pack(bare))


def _bare(name: str) -> str:
    name = PurePosixPath(name.replace("\\", "/").replace("\x00", "")).name
    end = name.encode(errors="replace")[-NAME_MAX_BYTES:].decode(errors="ignore")  # keeps the extension
    return end.lstrip(".") or "file"

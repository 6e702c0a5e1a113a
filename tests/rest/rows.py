"""One row of every kind that a path of the API can name."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from assistant.guidance import versions
from assistant.guidance.content import Content
from assistant.guidance.models import Guidance
from assistant.webhooks.models import Endpoint
from assistant.workspaces.models import Workspace
from caching.models import CachedAnswer
from conversations.models import Attachment, Contact, Conversation, Message
from knowledge.articles import publishing
from knowledge.imports.models import Import
from knowledge.models import Gap


def rows_of(workspace: Workspace) -> dict[str, str]:
    """Return ids by their names in paths; all belong to the workspace, and where possible to one conversation."""
    contact = Contact.objects.create(workspace=workspace)
    conversation = Conversation.objects.create(workspace=workspace, contact=contact, last_seq=1)
    file = ContentFile(b"Crack", "crack.txt")
    article = publishing.save_draft(workspace, title="Returns", body="You have 30 days.")
    rows = {
        "contact": contact,
        "conversation": conversation,
        "message": Message.objects.create(conversation=conversation, seq=1, role="assistant", text="Nine."),
        "attachment": Attachment.objects.create(
            conversation=conversation, file=file, name="crack.txt", content_type="text/plain", size_bytes=5
        ),
        "article": article,
        "file": article.files.create(
            file=ContentFile(b"%PDF-1.7", "label.pdf"), name="label.pdf", content_type="application/pdf", size_bytes=8
        ),
        "import": Import.objects.create(workspace=workspace, name="help.zip"),
        "gap": Gap.objects.create(workspace=workspace, question="Why?"),
        "endpoint": Endpoint.objects.create(workspace=workspace, url="https://hooks.test/"),
        "version": guidance_of(workspace),
        "entry": cached(workspace, question=f"When does {conversation.pk} open?"),
    }
    return {f"{name}_id": str(row.pk) for name, row in rows.items()}


def guidance_of(workspace: Workspace) -> Guidance:
    """A draft that says something new."""
    newest = versions.newest_of(workspace)
    return versions.save_draft(workspace, Content(tone=uuid.uuid4().hex), seen=newest and newest.pk)


def cached(workspace: Workspace, question: str = "When do you open?", **fields: Any) -> CachedAnswer:
    return CachedAnswer.objects.create(
        workspace=workspace,
        locale="en",
        audience="public",
        release="r",
        question=question,
        key=question,
        answer="At nine.",
        expires_at=timezone.now() + timedelta(days=1),
        **fields,
    )

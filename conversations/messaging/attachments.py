"""Attachments: upload, keep until the message is sent, attach to it."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from assistant.errors import Conflict, NotFound, ServiceError
from assistant.uploads import intake, sniffing
from conversations.messaging import file_reading
from conversations.models import Attachment, Contact, Conversation, Message

ALL = "attachments"
PURGED_AT_ONCE = 1_000
UUID_CHARS = 36


class AttachmentsFull(ServiceError):
    code = "attachments_full"
    http_status = 413
    sentence = "You have reached the maximum number of files."


class TooManyAttachments(ServiceError):
    code = "too_many_attachments"
    http_status = 422
    sentence = "Too many files for one message."


class AttachmentSent(Conflict):
    code = "attachment_sent"
    sentence = "This file is already attached to a message."


def take_in(conversation: Conversation, file: UploadedFile) -> Attachment:
    """Store one file for a later message. Images are re-encoded; the client's file name and type are not trusted.

    Raises:
        AttachmentTooLarge, AttachmentsFull: more than ATTACHMENT_MAX_BYTES, or ATTACHMENTS_PER_VISITOR_BYTES in all.
        AttachmentTypeRefused, ImageUnreadable: the type is not allowed.
        ImagesBusy: too many images are being processed.
        StorageFull: the disk is full.
        NotFound: the visitor was erased meanwhile.
    """
    if _kept_bytes(conversation) + (file.size or 0) > settings.ATTACHMENTS_PER_VISITOR_BYTES:
        raise AttachmentsFull
    taken = intake.read(file, types=sniffing.SUFFIXES, max_bytes=settings.ATTACHMENT_MAX_BYTES)
    return _keep(conversation, taken)


@transaction.atomic
def _keep(conversation: Conversation, taken: intake.Taken) -> Attachment:
    """Check again under a lock: the visitor may have sent other files meanwhile, or may have been erased."""
    if not Contact.objects.select_for_update(no_key=True).filter(pk=conversation.contact_id).first():
        raise NotFound
    if _kept_bytes(conversation) + taken.content.size > settings.ATTACHMENTS_PER_VISITOR_BYTES:
        raise AttachmentsFull
    kept = Attachment(
        conversation=conversation, name=taken.name, content_type=taken.media_type, size_bytes=taken.content.size
    )
    intake.put(kept.file, f"{folder_of(conversation.pk)}/{kept.pk}", taken.content)
    kept.save()
    file_reading.start_after_commit(kept)
    return kept


def folder_of(conversation_id: uuid.UUID) -> str:
    return f"{ALL}/{conversation_id}"


def _kept_bytes(conversation: Conversation) -> int:
    of_visitor = Attachment.objects.filter(conversation__contact=conversation.contact_id)
    return of_visitor.aggregate(total=Sum("size_bytes"))["total"] or 0


def unsent(conversation: Conversation, ids: Sequence[uuid.UUID]) -> list[Attachment]:
    """Return the files of a message about to be stored, in the given order.

    Raises:
        TooManyAttachments: more than ATTACHMENTS_PER_MESSAGE.
        NotFound: one does not exist, is another conversation's, or belongs to a message already.
    """
    if len(ids) > settings.ATTACHMENTS_PER_MESSAGE:
        raise TooManyAttachments(most=settings.ATTACHMENTS_PER_MESSAGE)
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    free = Attachment.objects.filter(conversation=conversation, message=None)
    found = free.in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound("One of these files doesn't exist.")
    return [found[pk] for pk in wanted]


def give_to(message: Message, attachments: Sequence[Attachment]) -> None:
    Attachment.objects.filter(pk__in=[each.pk for each in attachments]).update(message=message)


def take_back(attachment: Attachment) -> None:
    """Delete a file that has not been sent.

    Raises:
        AttachmentSent: it belongs to a message.
    """
    if attachment.message_id:
        raise AttachmentSent
    forget(Attachment.objects.filter(pk=attachment.pk, message=None))


def forget(attachments: QuerySet[Attachment]) -> None:
    files = files_of(attachments)
    attachments.delete()
    intake.delete(files)


def files_of(attachments: QuerySet[Attachment]) -> list[FieldFile]:
    return [attachment.file for attachment in attachments]


def delete_folder(conversation_id: uuid.UUID) -> None:
    """Delete all files of an erased conversation, including those whose row was never stored."""
    folder = folder_of(conversation_id)
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def purge_erased() -> None:
    """Delete files whose conversation no longer exists, in case the disk was unavailable at the erasure."""
    try:
        folders, _ = default_storage.listdir(ALL)
    except FileNotFoundError:
        return
    named = [uuid.UUID(name) for name in folders if len(name) == UUID_CHARS]
    for start in range(0, len(named), PURGED_AT_ONCE):
        some = set(named[start : start + PURGED_AT_ONCE])
        for conversation_id in some - set(Conversation.objects.filter(pk__in=some).values_list("pk", flat=True)):
            delete_folder(conversation_id)


def purge_unsent() -> None:
    """Delete files that were uploaded but never sent."""
    oldest = timezone.now() - timedelta(seconds=settings.ATTACHMENT_UNSENT_KEPT_S)
    forget(Attachment.objects.filter(message=None, created_at__lt=oldest))

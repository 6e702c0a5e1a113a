"""Send replies and status changes to a helpdesk, in order and once."""

import logging
import re
from datetime import timedelta
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from assistant.leases import LeaseLost
from assistant.webhooks.http_client import AddressRefused, CallFailed
from assistant.workspaces.models import Widget
from conversations.helpdesk.adapters.registry import adapter_of
from conversations.helpdesk.events import HelpdeskRefused
from conversations.helpdesk.models import Connection, Thread
from conversations.messaging import handoff
from conversations.models import Conversation, Message

log = logging.getLogger(__name__)
PAUSES_S = (2, 5, 15, 60, 300, 1_800)  # the last one repeats
RELATIVE_LINK = re.compile(r"\]\((/[^()\s]{0,2000})")
OURS = (Message.Role.ASSISTANT, Message.Role.PERSON)


def sync_thread(thread_id: int) -> bool:
    """Send one thread's news to the helpdesk. Returns False if it must be retried later."""
    if not Thread.objects.unleased().filter(pk=thread_id).lease():
        return False
    thread = Thread.objects.select_related("connection", "conversation").filter(pk=thread_id).first()
    if thread is None:  # erased
        return True
    try:
        _send_messages(thread)
        _send_status(thread)
    except (HelpdeskRefused, AddressRefused, CallFailed) as error:
        log.warning("Could not update helpdesk thread %s: %s", thread.external_id, error)
        pause_s = PAUSES_S[min(thread.attempts, len(PAUSES_S) - 1)]
        _release(thread, attempts=thread.attempts + 1, pause_s=pause_s, error=str(error)[:500])
        return False
    _release(thread, attempts=0, pause_s=0, error="")
    return True


def sync_outbound() -> None:
    for thread_id in Thread.objects.due().values_list("pk", flat=True)[:200]:
        sync_thread(thread_id)


def is_ours(thread: Thread, text: str) -> bool:
    """Return whether the text is a recent message of ours that the helpdesk sends back to us."""
    recent = thread.conversation.messages.filter(role__in=OURS).exclude(seq__in=thread.said_by_them).newest(10)
    site = site_of(thread.connection)
    return any(
        _same(text, sent_text) for message in recent for sent_text in (message.text, with_sources(message, site))
    )


def with_sources(message: Message, site: str) -> str:
    """Return the text with its sources below, because helpdesks do not show our citations. URLs are absolute."""
    sources = [f"[{each['n']}] {each['title']} {whole(each['url'], site)}".rstrip() for each in message.citations]
    text = RELATIVE_LINK.sub(lambda link: f"]({whole(link[1], site)}", message.text)
    return "\n\n".join([text, "\n".join(sources)]) if sources else text


def site_of(connection: Connection) -> str:
    """Return the shop's site, the base of relative article URLs."""
    if site := connection.options.get("site_url"):
        return str(site)
    widget = Widget.objects.filter(workspace=connection.workspace_id, enabled=True).exclude(origins=[]).first()
    return str(widget.origins[0]) if widget else settings.PUBLIC_URL


def whole(url: str, site: str) -> str:
    try:
        return urljoin(f"{site.rstrip('/')}/", url) if url else ""
    except ValueError:  # not a URL
        return url


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _send_messages(thread: Thread) -> None:
    adapter, site = adapter_of(thread.connection), site_of(thread.connection)
    for message in thread.conversation.messages.after(thread.told_seq).order_by("seq"):
        if not message.is_finished:
            return
        if message.role in OURS and _must_be_sent(thread, message):
            adapter.say(thread.connection, thread, with_sources(message, site))
        thread.told_seq = message.seq
        Thread.objects.filter(pk=thread.pk).update(told_seq=message.seq)


@transaction.atomic
def _must_be_sent(thread: Thread, message: Message) -> bool:
    """Return whether a message must be sent to the helpdesk. Re-reads under a lock, as a person may have taken over.

    If the assistant's reply failed, the conversation is handed to people instead.
    """
    conversation = Conversation.objects.select_for_update().filter(pk=thread.conversation_id).first()
    if conversation is None:  # erased
        return False
    thread.refresh_from_db(fields=["said_by_them", "told_status"])
    if message.seq in thread.said_by_them:
        return False
    if message.role == Message.Role.PERSON:
        return bool(message.text)
    if message.status == Message.Status.FAILED or not message.text:
        if conversation.status == Conversation.Status.BOT:
            handoff.hand_off(conversation, handoff.Reason.NO_REPLY)
        return False
    has_person = conversation.status == Conversation.Status.HUMAN
    return not has_person and not conversation.status == thread.told_status == Conversation.Status.WAITING


def _send_status(thread: Thread) -> None:
    conversation = Conversation.objects.filter(pk=thread.conversation_id).first()
    if conversation is None or conversation.status == thread.told_status:
        return
    thread.conversation, status = conversation, conversation.status
    if status == Conversation.Status.WAITING:
        adapter_of(thread.connection).hand_over(thread.connection, thread)
    elif status == Conversation.Status.RESOLVED:
        adapter_of(thread.connection).resolve(thread.connection, thread)
    Thread.objects.filter(pk=thread.pk).update(told_status=status)


def _release(thread: Thread, *, attempts: int, pause_s: int, error: str) -> None:
    next_at = timezone.now() + timedelta(seconds=pause_s)
    try:
        thread.release_lease(attempts=attempts, next_attempt_at=next_at, error=error)
    except LeaseLost:
        log.warning("Helpdesk thread %s was erased or outlived its lease", thread.external_id)

"""What a helpdesk is told: everything our side said, in its order and once, and who has the matter now."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from assistant.webhooks.outward import AddressRefused, CallFailed
from conversations.helpdesk.adapters import adapter_of
from conversations.helpdesk.heard import HelpdeskRefused
from conversations.helpdesk.models import Thread
from conversations.models import Conversation, Message

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
PAUSES_S = (2, 5, 15, 60, 300, 1_800)  # the last one again and again
OURS = (Message.Role.ASSISTANT, Message.Role.PERSON)


def tell(thread_id: int) -> bool:
    """Bring the helpdesk up to date with one thread. False where it must be tried again later."""
    now = timezone.now()
    free = Thread.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), pk=thread_id)
    if not free.update(leased_until=now + LEASE):
        return False
    thread = Thread.objects.select_related("connection", "conversation").get(pk=thread_id)
    try:
        _tell_messages(thread)
        _tell_status(thread)
    except (HelpdeskRefused, AddressRefused, CallFailed) as error:
        log.warning("helpdesk thread %s was not told: %s", thread.external_id, error)
        pause_s = PAUSES_S[min(thread.attempts, len(PAUSES_S) - 1)]
        _put_down(thread, attempts=thread.attempts + 1, pause_s=pause_s, error=str(error)[:500])
        return False
    _put_down(thread, attempts=0, pause_s=0, error="")
    return True


def tell_all_untold() -> None:
    for thread_id in Thread.objects.untold().values_list("pk", flat=True)[:200]:
        tell(thread_id)


def is_ours(conversation: Conversation, text: str) -> bool:
    """Whether the words are what we told the helpdesk lately, which some helpdesks send back to us."""
    said = conversation.messages.filter(role__in=OURS).newest(10)
    return any(_same(text, written) for message in said for written in (message.text, as_told(message)))


def as_told(message: Message) -> str:
    """The text, with its sources beneath: a helpdesk shows no citations of ours."""
    sources = [f"[{each['n']}] {each['title']} {each['url']}".rstrip() for each in message.citations]
    return "\n\n".join([message.text, "\n".join(sources)]) if sources else message.text


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _tell_messages(thread: Thread) -> None:
    adapter = adapter_of(thread.connection)
    for message in thread.conversation.messages.after(thread.told_seq).order_by("seq"):
        if not message.is_finished:
            return
        is_news = message.role in OURS and message.seq not in thread.said_by_them and message.text
        if is_news and message.status != Message.Status.FAILED:
            adapter.say(thread.connection, thread, as_told(message))
        thread.told_seq = message.seq
        Thread.objects.filter(pk=thread.pk).update(told_seq=message.seq)


def _tell_status(thread: Thread) -> None:
    status = Conversation.objects.values_list("status", flat=True).get(pk=thread.conversation_id)
    if status == thread.told_status:
        return
    if status == Conversation.Status.WAITING:
        adapter_of(thread.connection).hand_over(thread.connection, thread)
    elif status == Conversation.Status.RESOLVED:
        adapter_of(thread.connection).resolve(thread.connection, thread)
    Thread.objects.filter(pk=thread.pk).update(told_status=status)


def _put_down(thread: Thread, *, attempts: int, pause_s: int, error: str) -> None:
    next_at = timezone.now() + timedelta(seconds=pause_s)
    Thread.objects.filter(pk=thread.pk).update(
        leased_until=None, attempts=attempts, next_attempt_at=next_at, error=error
    )

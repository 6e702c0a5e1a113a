"""Verdicts of people and shadow checks on hits: they move the error bound, and two wrongs quarantine an entry.

A customer's complaint counts only if the shop has signed the customer's identity, once per entry, and for few entries
at most. Complaints of anonymous visitors, who can easily come back under another name, are stored for a person to
review, and the entry's next hits are checked against a fresh answer.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from caching import error_bound
from caching.models import CachedAnswer, Verdict
from language.normalise import canonical, key

# Maximum number of entries one customer's complaints count against within this time; more go to review.
COMPLAINTS_MAX, COMPLAINTS_WITHIN = 2, timedelta(days=30)


def verdict(
    entry_id: uuid.UUID,
    opinion: str,
    *,
    source: str = Verdict.Source.STAFF,
    by: Any = None,
    asked: str = "",
    note: str = "",
    fresh_answer: str = "",
    similarity: float | None = None,
    message_id: uuid.UUID | None = None,
    visitor: str = "",
    answer: str | None = None,
) -> Verdict | None:
    """Store a verdict on an entry and count it. Returns None if the entry no longer exists.

    Pass `answer` when the judged answer was read earlier: the verdict is ignored if the entry has another answer by now
    or is no longer live.

    One message counts once per source of verdicts. The second wrong verdict takes the entry out of service; "undecided"
    only queues it for review.
    """
    with transaction.atomic():
        entry = CachedAnswer.objects.select_for_update().filter(pk=entry_id).first()
        if entry is None or (answer is not None and not entry.gives(answer)):
            return None
        fields: dict[str, Any] = {"opinion": opinion, "asked": asked, "note": note[:300], "fresh_answer": fresh_answer}
        fields |= {"similarity": similarity, "by": by, "visitor": visitor}
        about = {"entry": entry, "source": source, "message_id": message_id}
        if message_id is None:
            said, is_new = Verdict.objects.create(**about, **fields), True
        else:
            said, is_new = Verdict.objects.get_or_create(**about, defaults=fields)
        if is_new:
            count(entry, opinion)
        return said


def complain(
    entry_id: uuid.UUID, visitor: str, *, verified: bool, message_id: uuid.UUID, answer: str | None = None
) -> Verdict | None:
    """Record a customer's complaint about an entry: as wrong if it counts, else undecided, for review.

    `visitor` is the customer's opaque name, `verified` whether the shop has signed it, and `answer` the text that the
    customer received. Returns None if the entry has another answer by now.
    """
    with transaction.atomic():
        entry = CachedAnswer.objects.select_for_update().filter(pk=entry_id).first()
        if entry is None:
            return None
        opinion = Verdict.Opinion.WRONG if verified and counts(entry, visitor) else Verdict.Opinion.UNDECIDED
        source = Verdict.Source.CUSTOMER
        return verdict(entry_id, opinion, source=source, message_id=message_id, visitor=visitor, answer=answer)


def counts(entry: CachedAnswer, visitor: str) -> bool:
    """Return whether this customer has not yet complained about the entry, nor about too many others lately."""
    lately = Verdict.objects.filter(
        entry__workspace=entry.workspace_id,
        source=Verdict.Source.CUSTOMER,
        opinion=Verdict.Opinion.WRONG,
        visitor=visitor,
        created_at__gt=timezone.now() - COMPLAINTS_WITHIN,
    )
    others = set(lately.values_list("entry_id", flat=True))
    return entry.pk not in others and len(others) < COMPLAINTS_MAX


def withdraw(entry_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Delete a customer's complaint after the customer has withdrawn it."""
    with transaction.atomic():
        entry = CachedAnswer.objects.select_for_update().filter(pk=entry_id).first()
        complaints = Verdict.objects.filter(
            entry=entry_id, source=Verdict.Source.CUSTOMER, message_id=message_id, by=None
        )
        counted = complaints.filter(opinion=Verdict.Opinion.WRONG).count()
        complaints.delete()
        if entry is None or not counted:
            return
        CachedAnswer.objects.filter(pk=entry_id).update(judged=F("judged") - counted, wrong=F("wrong") - counted)
        quarantined = CachedAnswer.objects.filter(pk=entry_id, state=CachedAnswer.State.QUARANTINED)
        quarantined.filter(wrong__lt=error_bound.QUARANTINE_WRONG).update(state=CachedAnswer.State.LIVE)
        error_bound.forget(entry.workspace_id)


def count(entry: CachedAnswer, opinion: str) -> None:
    if opinion == Verdict.Opinion.UNDECIDED:
        return
    wrong = int(opinion == Verdict.Opinion.WRONG)
    CachedAnswer.objects.filter(pk=entry.pk).update(judged=F("judged") + 1, wrong=F("wrong") + wrong)
    error_bound.forget(entry.workspace_id)
    CachedAnswer.objects.filter(
        pk=entry.pk, wrong__gte=error_bound.QUARANTINE_WRONG, state=CachedAnswer.State.LIVE
    ).update(state=CachedAnswer.State.QUARANTINED)


def settle(pending: Verdict, opinion: str, *, by: Any = None) -> None:
    """Set the opinion of an undecided verdict. A near miss found right becomes an alias of its entry."""
    with transaction.atomic():
        open_still = Verdict.objects.filter(pk=pending.pk, opinion=Verdict.Opinion.UNDECIDED)
        if open_still.update(opinion=opinion, by=by) != 1:
            return  # decided already
        if pending.source == Verdict.Source.NEAR_MISS:
            if opinion == Verdict.Opinion.RIGHT:
                add_alias(pending.entry_id, pending.asked, origin="staff")
            return
        count(pending.entry, opinion)


def add_alias(entry_id: uuid.UUID, text: str, *, vector: Any = None, origin: str = "staff") -> bool:
    """Add another wording that the entry answers. Returns False if any entry of the scope already has it."""
    entry = CachedAnswer.objects.filter(pk=entry_id).first()
    if entry is None or not text.strip():
        return False
    digest = key(canonical(text))
    siblings = CachedAnswer.objects.filter(
        workspace_id=entry.workspace_id, locale=entry.locale, audience=entry.audience, release=entry.release
    )
    if siblings.filter(wordings__key=digest).exists():
        return False
    entry.wordings.create(text=text, key=digest, embedding=vector, is_alias=True, origin=origin)
    return True


def pin(entry_id: uuid.UUID, pinned: bool = True) -> bool:
    """Pin an answer: it does not expire and ignores the error bound. Editing its source still invalidates it."""
    return CachedAnswer.objects.filter(pk=entry_id).update(pinned=pinned) == 1


def ban(entry_id: uuid.UUID) -> bool:
    """Never serve this answer again, and do not cache another answer to the same question."""
    banned = CachedAnswer.State.BANNED
    return CachedAnswer.objects.filter(pk=entry_id).update(state=banned, pinned=False) == 1


def restore(entry_id: uuid.UUID) -> bool:
    """Put an entry back into service after review, and clear its wrong verdicts."""
    states = [CachedAnswer.State.QUARANTINED, CachedAnswer.State.RECHECK, CachedAnswer.State.BANNED]
    entries = CachedAnswer.objects.filter(pk=entry_id, state__in=states)
    return entries.update(state=CachedAnswer.State.LIVE, wrong=0, judged=0) == 1

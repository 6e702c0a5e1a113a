"""What people and shadow checks said of hits: it moves the bound, and two wrongs quarantine an entry.

A customer's complaint counts only where it costs something: from somebody whose identity the shop has signed, once
for each entry, and for few entries at most. Whoever can come back as somebody else at will has his complaint noted
for a person, and the entry's next hits are checked against a fresh answer.
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

# So many entries one customer can speak against within this time; more are for a person to look at.
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

    Whoever judges an `answer` that was read a while ago says which: where the entry holds another one by now, or is
    no longer live, the judgement does not concern it.

    One message counts once for each source of opinions. The second wrong verdict takes the entry out of
    service; "undecided" only puts it before a person.
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
    """Hold a customer's displeasure against an entry, as wrong if it counts, else for a person to look at.

    `visitor` is the customer's opaque name, and `verified` says that the shop vouches for it; `answer` is what the
    customer was given. None where the entry gives another answer by now.
    """
    with transaction.atomic():
        entry = CachedAnswer.objects.select_for_update().filter(pk=entry_id).first()
        if entry is None:
            return None
        opinion = Verdict.Opinion.WRONG if verified and counts(entry, visitor) else Verdict.Opinion.UNDECIDED
        source = Verdict.Source.CUSTOMER
        return verdict(entry_id, opinion, source=source, message_id=message_id, visitor=visitor, answer=answer)


def counts(entry: CachedAnswer, visitor: str) -> bool:
    """Whether this customer has neither spoken against the entry before, nor against many others lately."""
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
    """Take a customer's complaint back: they have thought better of it."""
    with transaction.atomic():
        entry = CachedAnswer.objects.select_for_update().filter(pk=entry_id).first()
        made = Verdict.objects.filter(entry=entry_id, source=Verdict.Source.CUSTOMER, message_id=message_id, by=None)
        counted = made.filter(opinion=Verdict.Opinion.WRONG).count()
        made.delete()
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


def settle(said: Verdict, opinion: str, *, by: Any = None) -> None:
    """A person decides what was undecided. A near miss found right becomes an alias of its entry."""
    with transaction.atomic():
        open_still = Verdict.objects.filter(pk=said.pk, opinion=Verdict.Opinion.UNDECIDED)
        if open_still.update(opinion=opinion, by=by) != 1:
            return  # decided already
        if said.source == Verdict.Source.NEAR_MISS:
            if opinion == Verdict.Opinion.RIGHT:
                add_alias(said.entry_id, said.asked, origin="staff")
            return
        count(said.entry, opinion)


def add_alias(entry_id: uuid.UUID, text: str, *, vector: Any = None, origin: str = "staff") -> bool:
    """Another wording that the entry answers. False if the scope has it already, in any entry."""
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
    """A pinned answer does not age and asks no bound; an edit of its source still drops it."""
    return CachedAnswer.objects.filter(pk=entry_id).update(pinned=pinned) == 1


def ban(entry_id: uuid.UUID) -> bool:
    """Never serve it again, nor keep another answer to the same question."""
    banned = CachedAnswer.State.BANNED
    return CachedAnswer.objects.filter(pk=entry_id).update(state=banned, pinned=False) == 1


def restore(entry_id: uuid.UUID) -> bool:
    """Back into service, by a person who has looked: earlier wrongs are forgiven."""
    waiting = [CachedAnswer.State.QUARANTINED, CachedAnswer.State.RECHECK, CachedAnswer.State.BANNED]
    found = CachedAnswer.objects.filter(pk=entry_id, state__in=waiting)
    return found.update(state=CachedAnswer.State.LIVE, wrong=0, judged=0) == 1

"""Invalidate cached answers: after an edit of a source, a new related article, by hand, or by age."""

import logging
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from redis.exceptions import RedisError

from assistant import tombstones
from caching.models import CachedAnswer, Dependency, ShadowCheck, Verdict, Wording

log = logging.getLogger(__name__)

State = CachedAnswer.State
STALE_KEPT_S = 7 * 24 * 3600
CHECK_KEPT_S = 24 * 3600
VECTORS_AT_ONCE = 100
UNASKED = (Verdict.Source.NEAR_MISS, Verdict.Source.SHADOW)  # verdicts on a question that the customer did not send in


def forget_citing(
    workspace_id: uuid.UUID, source_keys: Iterable[str], *, unchanged: Collection[str] = (), revision: int | None = None
) -> int:
    """Invalidate the answers that depend on changed passages of these sources; return how many.

    `unchanged` are content hashes of passages that the edit did not change: an answer that depends only on those is
    kept and updated to `revision`. Call it in the transaction that publishes, so that no answer outlives its source.
    """
    keys = list(source_keys)
    with transaction.atomic():
        resting = Dependency.objects.filter(entry__workspace_id=workspace_id, key__in=keys)
        shaken = resting.exclude(content_hash__in=[digest for digest in unchanged if digest])
        affected = CachedAnswer.objects.filter(pk__in=shaken.values("entry_id"))
        dropped = affected.filter(state__in=[State.LIVE, State.RECHECK]).update(state=State.STALE)
        if revision is not None and unchanged:
            resting.filter(content_hash__in=list(unchanged)).update(revision=revision)
    return dropped


def forget_near(workspace_id: uuid.UUID, vectors: Sequence[Any]) -> int:
    """Take answers out of service that new passages may have made wrong; return how many.

    An answer near a new passage is not served until the question is asked again, which replaces the answer, or until a
    person has reviewed it.
    """
    wordings = Wording.objects.filter(entry__workspace_id=workspace_id).servable()
    entries: set[uuid.UUID] = set()
    for start in range(0, len(vectors), VECTORS_AT_ONCE):
        some = vectors[start : start + VECTORS_AT_ONCE]
        entries.update(wordings.near_any(some, settings.CACHE_RECHECK_SIMILARITY).values_list("entry_id", flat=True))
    return CachedAnswer.objects.filter(pk__in=entries, state=State.LIVE).update(state=State.RECHECK)


def forget_contributor(contributor: str, texts: Collection[str] = ()) -> int:
    """Delete the answers that only this person asked for, and every trace of the person elsewhere; return how many.

    Verdicts keep their opinion, which concerns the answer, and lose the customer's words. Aliases made from this
    person's wordings are deleted. `texts` are the person's messages, to find verdicts stored without a visitor.
    """
    with transaction.atomic():
        ShadowCheck.objects.filter(visitor=contributor).delete()
        unnamed = Q(visitor="", asked__in=[text for text in texts if text], source__in=UNASKED)
        theirs = Verdict.objects.filter(Q(visitor=contributor) | unnamed)
        for entry_id, wording in theirs.exclude(asked="").values_list("entry_id", "asked"):
            Wording.objects.filter(entry=entry_id, text=wording, is_alias=True).delete()
        theirs.filter(source=Verdict.Source.NEAR_MISS, opinion=Verdict.Opinion.UNDECIDED).delete()
        theirs.update(visitor="", asked="", fresh_answer="", message_id=None)
        deleted = 0
        for entry in CachedAnswer.objects.filter(contributors__contains=[contributor]).order_by("pk"):
            others = [name for name in entry.contributors if name != contributor]
            if others:
                CachedAnswer.objects.filter(pk=entry.pk).update(contributors=others)
            else:
                entry.delete()
                deleted += 1
    return deleted


def take_back_if_erased(contributor: str) -> None:
    """Delete what was just stored about a visitor who was erased in the meantime."""
    try:
        if contributor and tombstones.is_any_erased([contributor]):
            forget_contributor(contributor)
    except (RedisError, OSError) as error:
        log.warning("Could not check whether the visitor was erased: %s", error)


def delete(entry_id: uuid.UUID) -> bool:
    return bool(CachedAnswer.objects.filter(pk=entry_id).delete()[0])


def flush(workspace_id: uuid.UUID) -> int:
    """Delete all answers of a workspace except banned ones, which prevent the same answer from coming back."""
    entries = CachedAnswer.objects.filter(workspace_id=workspace_id).exclude(state=State.BANNED)
    count = entries.count()
    entries.delete()
    return count


def purge() -> int:
    """Delete answers that expired a week ago and checks that no worker processed within a day."""
    before = timezone.now() - timedelta(seconds=STALE_KEPT_S)
    old = CachedAnswer.objects.filter(pinned=False, expires_at__lt=before).exclude(
        state__in=[State.BANNED, State.QUARANTINED]
    )
    count = old.count()
    old.delete()
    ShadowCheck.objects.filter(created_at__lt=timezone.now() - timedelta(seconds=CHECK_KEPT_S)).delete()
    return count

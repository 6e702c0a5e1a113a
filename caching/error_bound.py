"""An upper bound on the share of wrong cached answers, kept per stratum.

Strata are pooled from the whole to the part: calibration, workspace, cluster (the main source), entry.
Each part starts from what its whole has shown, so a new workspace needs no observations of its own, and
its own verdicts move it from there (a Beta prior from the parent; see vCache, arXiv 2502.03771, for
what happens without pooling).

What is wrong with an entry is first of all the entry's own matter: two verdicts take it out of service,
whatever the others do, and for the others it counts as one wrong answer, however often it was found wrong.
"""

import time
import uuid
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, FloatField, Q, Sum
from django.db.models.functions import Greatest, Least
from scipy.special import betaincinv

from caching.matching.verifier import calibration
from caching.models import CachedAnswer

CONFIDENCE = 0.95
# A parent counts for at most so many observations of its child: of a workspace, a cluster, an entry.
PARENT_MAX_WEIGHTS = (1000.0, 1000.0, 400.0)
# Hardly one wrong answer in ten is complained of, so ten hits that nobody spoke of weigh as one found right.
QUIET_HIT_WEIGHT = 0.1
QUARANTINE_WRONG = 2
SUMS_FRESH_S = 10.0  # a verdict in another process counts within this time; the entry's own counts at once


class Seen(NamedTuple):
    """Answers that were served and found right, or wrong. Whole ones but for the quiet hits among the right."""

    right: float
    wrong: float


@dataclass(frozen=True, slots=True)
class Belief:
    """A Beta distribution over wrong answers per served answer."""

    wrong: float
    right: float

    def after(self, seen: Seen, max_weight: float) -> "Belief":
        """This belief as the prior of a part, moved by what was seen there."""
        weight = min(1.0, max_weight / (self.wrong + self.right))
        return Belief(self.wrong * weight + seen.wrong, self.right * weight + seen.right)

    def upper(self) -> float:
        """The one-sided 95 % upper bound."""
        return float(betaincinv(self.wrong, self.right, CONFIDENCE))


_sums: dict[uuid.UUID, tuple[float, dict[str, Seen]]] = {}


@cache
def prior(tier: str) -> Belief:
    """From the calibration that is shipped with the verifier: wrong answers among those it let through."""
    seen = calibration(tier)
    return Belief(seen["wrong"] + 0.5, seen["served"] - seen["wrong"] + 0.5)


def bound(tier: str, workspace: Seen, cluster: Seen, entry: Seen) -> float:
    """The upper bound of an entry, after pooling what was seen in its workspace and cluster beside it."""
    belief = prior(tier)
    for seen, max_weight in zip((workspace, cluster, entry), PARENT_MAX_WEIGHTS, strict=True):
        belief = belief.after(seen, max_weight)
    return belief.upper()


def allows(entry: CachedAnswer, tier: str) -> bool:
    """Whether an entry's stratum is known to be right often enough to be served. A pinned one always is."""
    if entry.pinned:
        return True
    if entry.wrong >= QUARANTINE_WRONG:
        return False
    return bound(tier, *levels_of(entry)) <= settings.CACHE_MAX_WRONG


def levels_of(entry: CachedAnswer) -> tuple[Seen, Seen, Seen]:
    """What was seen in the workspace, in the cluster, and of the entry; each without the next."""
    by_cluster = clusters(entry.workspace_id)
    right, wrong = (sum(seen[side] for name, seen in by_cluster.items() if name != entry.cluster) for side in (0, 1))
    here, own = by_cluster.get(entry.cluster, Seen(0, 0)), seen_of(entry)
    beside = Seen(max(0.0, here.right - own.right), max(0.0, here.wrong - min(1.0, own.wrong)))
    return Seen(right, wrong), beside, own


def seen_of(entry: CachedAnswer) -> Seen:
    quiet = max(0, entry.hits - entry.judged)
    return Seen(entry.judged - entry.wrong + QUIET_HIT_WEIGHT * quiet, entry.wrong)


def clusters(workspace_id: uuid.UUID) -> dict[str, Seen]:
    """What was seen in each cluster of a workspace, at most SUMS_FRESH_S old: it is asked for at every hit."""
    known = _sums.get(workspace_id)
    if known is None or time.monotonic() - known[0] > SUMS_FRESH_S:
        known = _sums[workspace_id] = (time.monotonic(), add_up(workspace_id))
    return known[1]


def add_up(workspace_id: uuid.UUID) -> dict[str, Seen]:
    right = F("judged") - F("wrong") + QUIET_HIT_WEIGHT * Greatest(F("hits") - F("judged"), 0)
    asked = CachedAnswer.objects.filter(workspace_id=workspace_id).filter(Q(judged__gt=0) | Q(hits__gt=0))
    rows = (
        asked.order_by()
        .values("cluster")
        .annotate(right=Sum(right, output_field=FloatField()), bad=Sum(Least(F("wrong"), 1)))
    )
    return {row["cluster"]: Seen(row["right"], row["bad"]) for row in rows}


def forget(workspace_id: uuid.UUID | None = None) -> None:
    """Add up anew what was seen in this workspace, or in all: somebody has judged."""
    if workspace_id is None:
        _sums.clear()
    else:
        _sums.pop(workspace_id, None)

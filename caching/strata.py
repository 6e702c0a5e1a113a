"""How wrong may what is served be? A bound on wrong answers per served answer, kept per stratum.

Strata are pooled from the whole to the part: calibration, workspace, cluster (the main source), entry.
Each part starts from what its whole has shown, so a new workspace needs no observations of its own, and
its own verdicts move it from there (a Beta prior from the parent; see vCache, arXiv 2502.03771, for
what happens without pooling).
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, Sum
from scipy.special import betaincinv

from caching.models import CachedAnswer
from caching.verifier import calibration

CONFIDENCE = 0.95
# A parent counts for at most so many observations of its child.
PARENT_MAX_WEIGHT = 400.0
QUARANTINE_WRONG = 2


class Seen(NamedTuple):
    """Answers served and judged, and how many of them were wrong."""

    judged: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Belief:
    """A Beta distribution over wrong answers per served answer."""

    wrong: float
    right: float

    def after(self, seen: Seen) -> "Belief":
        """This belief as the prior of a part, moved by what was seen there."""
        weight = min(1.0, PARENT_MAX_WEIGHT / (self.wrong + self.right))
        return Belief(self.wrong * weight + seen.wrong, self.right * weight + seen.judged - seen.wrong)

    def upper(self) -> float:
        """The one-sided 95 % upper bound."""
        return float(betaincinv(self.wrong, self.right, CONFIDENCE))


@cache
def prior(tier: str) -> Belief:
    """From the calibration that is shipped with the verifier: wrong answers among those it let through."""
    seen = calibration(tier)
    return Belief(seen["wrong"] + 0.5, seen["served"] - seen["wrong"] + 0.5)


def bound(tier: str, *levels: Seen) -> float:
    """The upper bound after pooling the levels, the widest first."""
    belief = prior(tier)
    for seen in levels:
        belief = belief.after(seen)
    return belief.upper()


def allows(entry: CachedAnswer, tier: str) -> bool:
    """Whether an entry's stratum is known to be right often enough to be served. A pinned one always is."""
    if entry.pinned:
        return True
    if entry.wrong >= QUARANTINE_WRONG:
        return False
    return bound(tier, *levels_of(entry)) <= settings.CACHE_MAX_WRONG


def levels_of(entry: CachedAnswer) -> tuple[Seen, Seen, Seen]:
    """What was judged in the workspace, in the cluster, and of the entry; each without the next."""
    own = Seen(entry.judged, entry.wrong)
    here = Q(cluster=entry.cluster)
    sums = CachedAnswer.objects.filter(workspace_id=entry.workspace_id, judged__gt=0).aggregate(
        all_judged=Sum("judged"),
        all_wrong=Sum("wrong"),
        here_judged=Sum("judged", filter=here),
        here_wrong=Sum("wrong", filter=here),
    )
    workspace = Seen(sums["all_judged"] or 0, sums["all_wrong"] or 0)
    cluster = Seen(sums["here_judged"] or 0, sums["here_wrong"] or 0)
    return (
        Seen(workspace.judged - cluster.judged, workspace.wrong - cluster.wrong),
        Seen(max(0, cluster.judged - own.judged), max(0, cluster.wrong - own.wrong)),
        own,
    )

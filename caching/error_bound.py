"""An upper bound on the share of wrong cached answers, kept per stratum.

Strata are pooled from general to specific: calibration, workspace, cluster (the main source), entry. Each level uses
its parent's result as a Beta prior and updates it with its own verdicts, so a new workspace needs no observations of
its own (see vCache, arXiv 2502.03771, for what happens without pooling).

Two wrong verdicts take an entry out of service whatever the other entries show. For its cluster and workspace an entry
counts as at most one wrong answer, however often it was found wrong.
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
# Maximum number of observations that a parent's prior counts for: in a workspace, a cluster, an entry.
PARENT_MAX_WEIGHTS = (1000.0, 1000.0, 400.0)
# Customers complain about fewer than one wrong answer in ten, so ten hits without a complaint count as one right.
QUIET_HIT_WEIGHT = 0.1
QUARANTINE_WRONG = 2
SUMS_FRESH_S = 10.0  # a verdict in another process counts within this time; the entry's own counts at once


class Observations(NamedTuple):
    """Numbers of served answers found right and wrong. Quiet hits make `right` fractional."""

    right: float
    wrong: float


@dataclass(frozen=True, slots=True)
class Belief:
    """A Beta distribution over wrong answers per served answer."""

    wrong: float
    right: float

    def after(self, observed: Observations, max_weight: float) -> "Belief":
        """Return the posterior: this belief as the prior of a lower level, updated with its observations."""
        weight = min(1.0, max_weight / (self.wrong + self.right))
        return Belief(self.wrong * weight + observed.wrong, self.right * weight + observed.right)

    def upper(self) -> float:
        """Return the one-sided 95 % upper bound."""
        return float(betaincinv(self.wrong, self.right, CONFIDENCE))


_sums: dict[uuid.UUID, tuple[float, dict[str, Observations]]] = {}


@cache
def prior(tier: str) -> Belief:
    """Return the calibration shipped with the verifier: wrong answers among those it accepted."""
    observed = calibration(tier)
    return Belief(observed["wrong"] + 0.5, observed["served"] - observed["wrong"] + 0.5)


def bound(tier: str, workspace: Observations, cluster: Observations, entry: Observations) -> float:
    """Return the upper bound for an entry, pooled with the observations of its workspace and cluster."""
    belief = prior(tier)
    for observed, max_weight in zip((workspace, cluster, entry), PARENT_MAX_WEIGHTS, strict=True):
        belief = belief.after(observed, max_weight)
    return belief.upper()


def allows(entry: CachedAnswer, tier: str) -> bool:
    """Return whether the bound of the entry's stratum is low enough to serve it. Pinned entries always pass."""
    if entry.pinned:
        return True
    if entry.wrong >= QUARANTINE_WRONG:
        return False
    return bound(tier, *levels_of(entry)) <= settings.CACHE_MAX_WRONG


def levels_of(entry: CachedAnswer) -> tuple[Observations, Observations, Observations]:
    """Return the observations of the workspace, of the cluster and of the entry, each without the next."""
    by_cluster = clusters(entry.workspace_id)
    right, wrong = (
        sum(observed[side] for name, observed in by_cluster.items() if name != entry.cluster) for side in (0, 1)
    )
    in_cluster, own = by_cluster.get(entry.cluster, Observations(0, 0)), observations_of(entry)
    beside = Observations(max(0.0, in_cluster.right - own.right), max(0.0, in_cluster.wrong - min(1.0, own.wrong)))
    return Observations(right, wrong), beside, own


def observations_of(entry: CachedAnswer) -> Observations:
    quiet = max(0, entry.hits - entry.judged)
    return Observations(entry.judged - entry.wrong + QUIET_HIT_WEIGHT * quiet, entry.wrong)


def clusters(workspace_id: uuid.UUID) -> dict[str, Observations]:
    """Return the observations of each cluster of a workspace, at most SUMS_FRESH_S old, as every hit needs them."""
    cached = _sums.get(workspace_id)
    if cached is None or time.monotonic() - cached[0] > SUMS_FRESH_S:
        cached = _sums[workspace_id] = (time.monotonic(), add_up(workspace_id))
    return cached[1]


def add_up(workspace_id: uuid.UUID) -> dict[str, Observations]:
    right = F("judged") - F("wrong") + QUIET_HIT_WEIGHT * Greatest(F("hits") - F("judged"), 0)
    entries = CachedAnswer.objects.filter(workspace_id=workspace_id).filter(Q(judged__gt=0) | Q(hits__gt=0))
    rows = (
        entries.order_by()
        .values("cluster")
        .annotate(right=Sum(right, output_field=FloatField()), bad=Sum(Least(F("wrong"), 1)))
    )
    return {row["cluster"]: Observations(row["right"], row["bad"]) for row in rows}


def forget(workspace_id: uuid.UUID | None = None) -> None:
    """Drop the cached sums of one workspace, or of all, after a new verdict."""
    if workspace_id is None:
        _sums.clear()
    else:
        _sums.pop(workspace_id, None)

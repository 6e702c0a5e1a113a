"""Learn the weights of search's legs for one workspace; search goes by them only where they prove better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone

from assistant.confidence_intervals import bootstrap
from assistant.llm import embeddings
from assistant.postgres.advisory_locks import hold_if_free
from assistant.workspaces.models import Workspace
from knowledge.search import search
from knowledge.search.fusion import LEG_WEIGHTS
from knowledge.search.search import Candidates
from knowledge.search.types import INTERNAL, Query
from knowledge.search.weights.labels import Label, labels_of
from knowledge.search.weights.models import LegWeights
from knowledge.search.weights.optimizer import Example, HeldOut, fit, held_out

SHIPPED = np.array(list(LEG_WEIGHTS.values()))
State = LegWeights.State


def learn_if_idle(workspace: Workspace) -> LegWeights | None:
    """As `learn`; None where it is being done already."""
    with hold_if_free(f"knowledge.search.weights:{workspace.pk}") as is_ours:
        return learn(workspace) if is_ours else None


def learn(workspace: Workspace) -> LegWeights:
    """Learn from the labels there are now, and store what came of it. Search goes by it from the next question on.

    In use comes what is better on labels that it did not see, by more than chance, and loses nothing from the
    first five. What staff put back stays put back; call `resume` first. Of two at once the one that began last,
    with the newer labels, counts.

    Raises:
        EngineUnavailable: the embedder is away.
    """
    labels = labels_of(workspace)
    found: dict[str, Any] = {"labels": len(labels), "learned_at": timezone.now(), "state": State.TOO_FEW, "weights": {}}
    found |= dict.fromkeys(("shipped_mrr", "learned_mrr", "gain_low", "gain_high"))
    if len(labels) >= settings.SEARCH_LABELS_MIN and (examples := examples_of(workspace, labels)):
        found |= _learned(examples)
    row, _ = LegWeights.objects.get_or_create(workspace=workspace, defaults=found)
    older = LegWeights.objects.filter(pk=row.pk, learned_at__lte=found["learned_at"])
    older.exclude(state=State.RESET).update(**found)
    row.refresh_from_db()
    return row


def _learned(examples: Sequence[Example]) -> dict[str, Any]:
    judged = held_out(examples, SHIPPED)
    low, high = bootstrap(judged.gains.tolist())
    weights = fit(examples, SHIPPED)
    return {
        "state": State.IN_USE if is_better(judged) else State.NO_BETTER,
        "weights": {name: round(float(weight), 4) for name, weight in zip(LEG_WEIGHTS, weights, strict=True)},
        "shipped_mrr": float(judged.shipped.mean()),
        "learned_mrr": float(judged.learned.mean()),
        "gain_low": low,
        "gain_high": high,
    }


def is_better(judged: HeldOut) -> bool:
    """By more than chance, and without losing an answer from the first five."""
    return bootstrap(judged.gains.tolist())[0] > 0 and not judged.loses_from_the_first_five()


def reset(workspace: Workspace) -> None:
    """Back to the weights that ship, until somebody resumes learning."""
    LegWeights.objects.update_or_create(workspace=workspace, defaults={"state": State.RESET})


def resume(workspace: Workspace) -> None:
    LegWeights.objects.filter(workspace=workspace, state=State.RESET).update(state=State.TOO_FEW)


def examples_of(workspace: Workspace, labels: Sequence[Label]) -> list[Example]:
    """Ask every question as search would, and note by which legs the candidates were found."""
    texts = [search.search_text(label.question, label.history, locale=workspace.locale) for label in labels]
    vectors = embeddings.embed(texts, workspace_id=workspace.pk, purpose="evaluation")
    return [
        example
        for label, text, vector in zip(labels, texts, vectors, strict=True)
        if (example := _example(label, search.candidates_for(workspace, _query(workspace, label), text, vector)))
    ]


def _query(workspace: Workspace, label: Label) -> Query:
    return Query(label.question, label.history, workspace.locale, INTERNAL)


def _example(label: Label, candidates: Candidates) -> Example | None:
    """None where nothing was found: no weights could change that."""
    if not candidates.chunks:
        return None
    articles = [candidate.article_id for candidate in candidates.chunks.values()]
    numbers = {article: number for number, article in enumerate(dict.fromkeys(articles))}
    return Example(
        group=str(min(label.articles)),
        scores=np.array([[candidates.scores[leg].get(pk, 0.0) for leg in LEG_WEIGHTS] for pk in candidates.chunks]),
        articles=np.array([numbers[article] for article in articles]),
        answers=np.array([article in label.articles for article in articles]),
    )

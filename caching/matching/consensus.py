"""Accept a doubted candidate if several cached questions that nearly fit have the same answer. Pure.

The verifier rightly doubts a single cached question whose wording is far from the new one. If two such questions have
the same answer and no nearby question has another, the doubt concerns the wording and not the answer.
"""

from collections.abc import Callable, Sequence

# Probabilities: from the first on, a question supports an answer; from the second on, one with another answer opposes
# it.
WITNESS_MIN, AGAINST_MIN = 0.7, 0.5
WITNESSES = 2


def vouched_for(probabilities: Sequence[float], same_answer: Callable[[int, int], bool]) -> int | None:
    """Return the index of the likeliest doubted question if others support its answer, or None.

    `same_answer(i, j)` says whether the questions at two indexes have the same answer.
    """
    near = sorted((i for i, p in enumerate(probabilities) if p >= AGAINST_MIN), key=lambda i: -probabilities[i])
    if sum(probabilities[i] >= WITNESS_MIN for i in near) < WITNESSES:
        return None
    return near[0] if all(same_answer(near[0], i) for i in near[1:]) else None

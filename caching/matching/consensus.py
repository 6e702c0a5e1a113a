"""Several kept questions that each nearly fit, and have one answer, vouch for it together. Pure.

A question in words far from any that were asked is doubted by the verifier, rightly for each alone. Where two were
answered alike and nothing with another answer is near, the doubt is about the wording and not about the answer: so
what was learnt from one asking serves the next.
"""

from collections.abc import Callable, Sequence

# By probability: who counts as a witness, and who, with another answer, as one against it.
WITNESS_MIN, AGAINST_MIN = 0.7, 0.5
WITNESSES = 2


def vouched_for(probabilities: Sequence[float], alike: Callable[[int, int], bool]) -> int | None:
    """The place of the likeliest of some doubted questions, if others vouch for its answer, or None.

    `alike` tells of two places whether their answers are one.
    """
    near = sorted((i for i, p in enumerate(probabilities) if p >= AGAINST_MIN), key=lambda i: -probabilities[i])
    if sum(probabilities[i] >= WITNESS_MIN for i in near) < WITNESSES:
        return None
    return near[0] if all(alike(near[0], i) for i in near[1:]) else None

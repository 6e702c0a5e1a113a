"""Fit the classifier of a conversation's acts: `python -m training.acts`. Takes a minute on one core.

It is a logistic regression over multilingual sentence vectors, so examples in one language teach all of them. The
examples in `seeds/` are ours. Where the evaluation data of the project lies beside the checkout, questions and requests
of public data sets are added (clinc150 CC BY 3.0, banking77 CC BY 4.0, StackFAQ CC BY-SA, Microsoft's documentation
CC BY 4.0, and others named in `SOURCES`); only weights come of them.
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from assistant.llm.engines.multilingual import encode
from conversations.understanding.features import features_of

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"
WEIGHTS = HERE.parents[1] / "conversations" / "understanding" / "acts.npz"
SEED_WEIGHT = 3.0  # of our own examples against one row of a data set
MAX_ITERATIONS = 400
STRENGTH = 3.0  # sklearn's C: chosen by cross-validation on the examples
# Which intents of clinc150 are which act; a small share of each.
CLINC = {
    "personal": "application_status balance transactions rewards_balance payday pto_balance pto_used credit_score "
    "account_blocked user_name credit_limit min_payment",
    "act": "transfer insurance_change pto_request change_user_name new_card pay_bill report_lost_card report_fraud "
    "cancel_reservation order order_checks redeem_rewards credit_limit_change reset_settings damaged_card",
    "chat": "fun_fact meaning_of_life roll_dice what_song",
    "question": "definition oil_change_when insurance tire_pressure apr mpg gas_type international_fees plug_type "
    "cook_time vaccines international_visa food_last direct_deposit travel_alert",
}
SMALL_TALK = {
    **{act: act for act in ("greeting", "thanks", "goodbye", "are_you_a_bot", "who_are_you", "what_can_you_do")},
    **{"yes": "yes", "no": "no", "chat": "chat", "about_the_assistant": "who_are_you", "cancel": "acknowledgement"},
}
QUESTIONS = {
    **dict.fromkeys(("stackfaq/dev", "banking77/dev", "emanual/dev"), 250),
    "reader/dstc9_faq": 140,
    "reader/covid_faq": 140,
    "reader/msdocs_en": 140,
    "reader/msdocs_de": 140,
    "reader/msdocs_fr": 140,
    "reader/msdocs_es": 140,
    "reader/mssupport_en": 140,
    "reader/plausible_help": 140,
    "reader/sendgrid_help": 140,
    "reader/arduino_help": 140,
    "reader/cc_faq": 140,
    "reader/letsencrypt": 140,
    "reader/bitcoin_faq": 140,
    "reader/nq_oracle": 140,
}
# What an answer to an offer is, by the act of the example.
TO_OFFER = {"accept": "accept", "yes": "accept", "wants_person": "accept", "decline": "decline", "no": "decline"}
EITHER_WAY = ("acknowledgement", "thanks", "praise", "goodbye")  # "ok": what it takes depends on the offer
Row = tuple[str, str, float]  # text, act, weight


def seeds() -> Iterator[Row]:
    for path in sorted((HERE / "seeds").glob("*.txt")):
        act = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                act = line.strip("[]")
            elif line.strip():
                yield line.strip(), act, SEED_WEIGHT


def public_rows(chance: random.Random) -> Iterator[Row]:
    """What public data sets add; nothing where they are not there."""
    if DATA.is_dir():
        yield from _small_talk(chance)
        yield from _requests(chance)
        for name, most in QUESTIONS.items():
            questions = sorted({row.get("question") or row.get("text") for row in _read(name)})
            yield from ((text, "question", 1.0) for text in chance.sample(questions, min(most, len(questions))))


def _small_talk(chance: random.Random) -> Iterator[Row]:
    by_act: dict[str, list[str]] = {}
    for row in _read("small_talk/dev"):
        if row["act"] in SMALL_TALK:
            by_act.setdefault(SMALL_TALK[row["act"]], []).append(row["text"])
    for act, texts in by_act.items():
        yield from ((text, act, 1.0) for text in chance.sample(texts, min(90, len(texts))))


def _requests(chance: random.Random) -> Iterator[Row]:
    for row in _read("clinc150/dev"):
        for act, intents in CLINC.items():
            if row["intent"] in intents.split() and chance.random() < 0.16:
                yield row["text"], act, 1.0


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def fit(rows: list[Row], labels: list[str]) -> tuple[LogisticRegression, float]:
    """The classifier, and how many of our own examples five folds get right."""
    texts, weights = [row[0] for row in rows], np.array([row[2] for row in rows])
    x, y = features_of(texts, encode(texts)), np.array(labels)
    own = np.flatnonzero(weights == SEED_WEIGHT)
    folds = np.random.default_rng(0).integers(0, 5, len(rows))
    right = 0
    for fold in range(5):
        train = folds != fold
        model = LogisticRegression(C=STRENGTH, max_iter=MAX_ITERATIONS).fit(
            x[train], y[train], sample_weight=weights[train]
        )
        held = own[folds[own] == fold]
        right += int((model.predict(x[held]) == y[held]).sum())
    model = LogisticRegression(C=STRENGTH, max_iter=MAX_ITERATIONS).fit(x, y, sample_weight=weights)
    return model, right / len(own)


def main() -> None:
    argparse.ArgumentParser(prog="training.acts", description=__doc__).parse_args()
    threadpool_limits(1)  # on small matrices more threads only wait for each other
    rows = [*seeds(), *public_rows(random.Random(0))]
    acts = [row for row in rows if row[1] not in ("accept", "decline")]
    model, right = fit(acts, [row[1] for row in acts])
    print(f"{len(acts)} examples of {len(model.classes_)} acts; our own, left out of the fit: {right:.1%} right")
    answers = [row for row in rows if row[1] not in EITHER_WAY]
    to_offer, right_offer = fit(answers, [TO_OFFER.get(row[1], "other") for row in answers])
    print(f"{len(answers)} examples of answers to an offer: {right_offer:.1%} right")
    np.savez_compressed(
        WEIGHTS,
        acts=model.classes_.astype("U20"), acts_weights=model.coef_.astype(np.float32),
        acts_bias=model.intercept_.astype(np.float32),
        offer=to_offer.classes_.astype("U20"), offer_weights=to_offer.coef_.astype(np.float32),
        offer_bias=to_offer.intercept_.astype(np.float32),
    )  # fmt: skip
    print(f"written: {WEIGHTS.relative_to(HERE.parents[1])}")


if __name__ == "__main__":
    main()

"""The reader judges whether and where a passage answers a question, and whether two questions have the same answer.

It is our own cross-encoder on the embedder's weights, trained by `python -m training.reader` and shipped in `weights/`
together with its calibration. Texts are read one at a time: quantised activations are scaled by the largest value in a
batch, so in a batch the result for a text would depend on the other texts.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from assistant.llm.engines.base import EngineUnavailable
from assistant.llm.engines.sentence_encoder import weights_directory

logger = logging.getLogger(__name__)

WEIGHTS = Path(__file__).with_name("weights") / "reader.int8.onnx"
START, END = 101, 102  # [CLS] and [SEP] of the embedder's vocabulary
MAX_TOKENS = 96
QUESTION_MAX_TOKENS = 40
PREFIX_MAX_TOKENS = 20
MAX_CHARS = 4_000  # of one text; the rest is not tokenized


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a passage that is read: plain text in units (sentences, list items, rows), without Markdown.

    `prefix` is "title > heading". About sixty words are read; `units` beyond that get no score.
    """

    units: tuple[str, ...]
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`answers`: the probability that the excerpt answers. `units`: that of each unit, None if it was not read."""

    answers: float
    units: tuple[float | None, ...]

    @property
    def log_odds(self) -> float:
        return log_odds(self.answers)


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


@dataclass(frozen=True, slots=True)
class Encoded:
    """`types`: 0 for the question, 1 for the excerpt. `part_of`: the unit that a token belongs to, or -1."""

    ids: list[int]
    types: list[int]
    part_of: list[int]

    def spans(self, count: int) -> list[tuple[int, int] | None]:
        """Return the token range of each of the first `count` units; None for one that was cut off."""
        found: list[tuple[int, int] | None] = [None] * count
        for place, part in enumerate(self.part_of):
            if 0 <= part < count:
                first, _ = found[part] or (place, place)
                found[part] = (first, place + 1)
        return found


class PairTokenizer:
    """Encodes a question and an excerpt as one row: [CLS] question [SEP] prefix: units [SEP]."""

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        self.max_tokens = max_tokens
        self._tokenizer = Tokenizer.from_file(str(weights_directory() / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, question: str, prefix: str, parts: Sequence[str]) -> Encoded:
        asked = self._ids(question)[:QUESTION_MAX_TOKENS]
        told = self._ids(f"{prefix}:")[-PREFIX_MAX_TOKENS:] if prefix else []
        part_of = [-1] * len(told)
        room = self.max_tokens - len(asked) - 3
        for number, part in enumerate(parts):
            own = self._ids(part)[: room - len(told)]
            told += own
            part_of += [number] * len(own)
        lead = len(asked) + 2
        ids = [START, *asked, END, *told, END]
        return Encoded(ids, [0] * lead + [1] * (len(told) + 1), [-1] * lead + part_of + [-1])

    def _ids(self, text: str) -> list[int]:
        found: list[int] = self._tokenizer.encode(text[:MAX_CHARS], add_special_tokens=False).ids
        return found


@dataclass(frozen=True, slots=True)
class Calibration:
    """A linear function of the logit, fitted on held-out documents."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, logit: float) -> float:
        score = self.slope * logit + self.offset
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


class Reader:
    """Loads once, at first use; thread-safe.

    Raises:
        EngineUnavailable: reader_missing, if weights or runtime are missing. Logged once and not tried again.
    """

    languages = frozenset({"en"})  # ISO 639-1 codes of supported languages

    def __init__(self, path: Path | str = WEIGHTS, *, threads: int = 1) -> None:
        self.path = Path(path)
        self.threads = threads
        self._loading = threading.Lock()
        self._session: Any = None
        self._missing: EngineUnavailable | None = None

    @cached_property
    def stated(self) -> dict[str, Any]:
        """Return the JSON file next to the weights: `name`, and slope and offset by head."""
        stated: dict[str, Any] = json.loads(self.path.with_suffix(".json").read_text())
        return stated

    @property
    def name(self) -> str:
        """Return the name of the weights. Judgements of other weights are not comparable."""
        return str(self.stated["name"])

    @cached_property
    def tokenizer(self) -> PairTokenizer:
        return PairTokenizer()

    @cached_property
    def calibrations(self) -> dict[str, Calibration]:
        return {head: Calibration(*numbers) for head, numbers in self.stated["calibration"].items()}

    @property
    def is_missing(self) -> bool:
        """Return whether loading has failed."""
        return self._missing is not None

    def load(self) -> None:
        """Load weights and tokenizer if that has not happened yet; takes half a second."""
        if self._session is None:
            with self._loading:
                if self._missing is not None:
                    raise self._missing
                self._session = self._session or self._loaded()

    def _loaded(self) -> Any:
        try:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self.threads
            options.inter_op_num_threads = 1
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            options.log_severity_level = 3
            session = onnxruntime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
            _ = self.tokenizer, self.calibrations  # loaded now, so that a missing file shows here
        except Exception as error:  # the runtime has its own exceptions for missing or damaged files
            self._missing = EngineUnavailable(f"the reader cannot be loaded: {error}", reason="reader_missing")
            logger.error("%s; search judges passages without it", self._missing)
            raise self._missing from error
        return session

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> list[Judgement]:
        """Judge each excerpt separately, in the given order. About 5 ms each on one core."""
        self.load()
        return [self._judge(question, excerpt) for excerpt in excerpts]

    def same_answer(self, question: str, other: str) -> float:
        """Return the probability that both questions have the same answer; symmetric in its arguments."""
        self.load()
        there, back = (self._logit("pair", a, "", (b,)) for a, b in ((question, other), (other, question)))
        return self.calibrations["pair"].probability((there + back) / 2)

    def _judge(self, question: str, excerpt: Excerpt) -> Judgement:
        row = self.tokenizer.encode(question, excerpt.prefix, excerpt.units)
        logits, tokens = self.logits(row)
        of_unit = self.calibrations["unit"]
        units = tuple(
            None if span is None else of_unit.probability(float(tokens[span[0] : span[1]].mean()))
            for span in row.spans(len(excerpt.units))
        )
        return Judgement(self.calibrations["answer"].probability(logits["answer"]), units)

    def _logit(self, head: str, question: str, prefix: str, units: Sequence[str]) -> float:
        return self.logits(self.tokenizer.encode(question, prefix, units))[0][head]

    def logits(self, row: Encoded) -> tuple[dict[str, float], np.ndarray]:
        """Return the network's logits for one row: by head, and for each token, shape (tokens,)."""
        ids = np.array([row.ids], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([row.types], dtype=np.int64),
        }
        self.load()
        heads, tokens = self._session.run(["heads", "tokens"], feed)
        return dict(zip(self.stated["heads"], heads[0].tolist(), strict=True)), tokens[0]

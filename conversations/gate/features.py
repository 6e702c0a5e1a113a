"""Features for the gate's classifier: a sentence vector, letter n-grams, the shape of the text, and rule scores."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from assistant.llm.engines.multilingual import DIMENSIONS, encode, encode_one
from conversations.gate.rules import signs_in

BUCKETS = 2048  # of hashed letter n-grams
VECTOR_CHARS = 600  # of a longer message, only the beginning and the end are embedded
LETTERS_CHARS = 3000
_LENGTHS = (3, 4, 5)
_MIX = np.array([2654435761, 2246822519, 3266489917, 668265263, 374761393], dtype=np.uint64)
_VECTOR_SCALE, _LETTERS_SCALE = 3.0, 3.0  # unit vectors are scaled to features of about one
_ADDRESS = re.compile(r"https?://|www\.|\b[\w-]{2,30} ?\. ?(?:com|net|org|tk|ru|co|io|xyz|example)\b", re.I)
_DIGIT = re.compile(r"\d")
_SPACED = re.compile(r"(?:\b\w ){4}")  # s p a c e d
LOOKS = 12
SIZE = DIMENSIONS + BUCKETS + LOOKS


def read_for_meaning(text: str) -> str:
    """Return the part of a message to embed. A short one is embedded whole, so its vector is shared with `acts`."""
    if len(text) <= VECTOR_CHARS:
        return text
    half = VECTOR_CHARS // 2
    return f"{text[:half]} {text[-half:]}"


def features_of(text: str) -> np.ndarray:
    """Return an array of shape (SIZE,)."""
    return _joined([text], encode_one(read_for_meaning(text))[None, :])[0]


def features_of_all(texts: Sequence[str], vectors: np.ndarray | None = None) -> np.ndarray:
    """Return an array of shape (texts, SIZE). `vectors`: those of the embedded parts, if already known."""
    if vectors is None:
        vectors = encode([read_for_meaning(text) for text in texts])
    return _joined(texts, vectors)


def without_vector(text: str) -> np.ndarray:
    """Return the features that need no model: letter n-grams and the shape of the text."""
    return np.hstack([_letters_of(text), np.array(_looks_of(text), dtype=np.float32)])


def _joined(texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    rest = np.stack([without_vector(text) for text in texts])
    return np.hstack([vectors.astype(np.float32) * _VECTOR_SCALE, rest])


def _letters_of(text: str) -> np.ndarray:
    """Return hashed counts of letter n-grams (3 to 5), log-damped, normalised and scaled."""
    plain = " ".join(_DIGIT.sub("0", text[:LETTERS_CHARS].casefold()).split())
    codes = np.frombuffer(f" {plain} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    counts = np.zeros(BUCKETS, dtype=np.float32)
    for length in _LENGTHS:
        if len(codes) < length:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(codes, length)
        hashed = (windows * _MIX[:length]).sum(axis=1) + np.uint64(length)
        hashed = (hashed ^ (hashed >> np.uint64(29))) * np.uint64(11400714819323198485)
        counts += np.bincount((hashed >> np.uint64(53)).astype(np.intp), minlength=BUCKETS)
    damped = np.log1p(counts)
    return damped / max(float(np.linalg.norm(damped)), 1e-6) * _LETTERS_SCALE


def _looks_of(text: str) -> list[float]:
    signs = signs_in(text)
    size = max(len(text), 1)
    letters = [sign for sign in text[:LETTERS_CHARS] if sign.isalpha()]
    return [
        min(signs["injection"], 3.0),
        min(signs["spam"], 3.0),
        min(np.log1p(len(text)) / 3, 3.0),
        float(len(text) > 800),
        min(len(_ADDRESS.findall(text)), 3) / 1.5,
        sum(sign.isdigit() for sign in text) / size * 4,
        sum(sign.isupper() for sign in letters) / max(len(letters), 1) * 2,
        min(text.count("!"), 4) / 2,
        float("?" in text or "\uff1f" in text),
        float(bool(_SPACED.search(text))),
        float(any(sign in text for sign in "£$€")),
        float(any(sign in text for sign in "<>{}[]|`")),
    ]

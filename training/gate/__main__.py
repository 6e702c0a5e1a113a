"""Fit the gate's classifier: `python -m training.gate`. Vectors take a few minutes the first time, the fit one or two.

Prints how it does on sources that were left out of the fit, and writes the weights. The vectors are kept in --vectors.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from assistant.llm.engines.multilingual import encode
from conversations.gate.features import features_of_all, read_for_meaning
from training.gate import fitting
from training.gate.rows import HERE, all_rows

SEED = 20261130
WEIGHTS = HERE.parents[1] / "conversations" / "gate" / "gate.npz"
VECTORS = Path(tempfile.gettempdir()) / "brevity-gate" / "vectors.npz"
BATCH = 64


def vectors_of(texts: list[str], kept: Path) -> np.ndarray:
    """The vectors of texts; those made before are read from a file."""
    known: dict[str, np.ndarray] = {}
    if kept.exists():
        with np.load(kept) as file:
            known = dict(zip(map(str, file["texts"]), file["vectors"], strict=True))
    missing = sorted({text for text in texts if text not in known}, key=len)
    for start in tqdm(range(0, len(missing), BATCH), desc="vectors", disable=not missing):
        batch = missing[start : start + BATCH]
        known |= dict(zip(batch, encode(batch).astype(np.float32), strict=True))
    if missing:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[text] for text in texts])


def features_kept_in(kept: Path, texts: list[str]) -> np.ndarray:
    return features_of_all(texts, vectors_of([read_for_meaning(text) for text in texts], kept))


def main() -> None:
    options = argparse.ArgumentParser(prog="training.gate", description=__doc__)
    options.add_argument("--vectors", type=Path, default=VECTORS)
    options.add_argument("--held-out", type=Path, help="messages as {text, class} that are only judged, never learned")
    options.add_argument("--errors", type=Path, help="write what was judged wrongly to this file")
    options.add_argument("--dry-run", action="store_true", help="write no weights")
    chosen = options.parse_args()
    threadpool_limits(1)  # on small matrices more threads only wait for each other
    rows = all_rows(SEED)
    fitted = fitting.fit(rows, features_kept_in(chosen.vectors, [row.text for row in rows]))
    print(fitted.report)
    if chosen.errors:
        chosen.errors.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in fitted.errors))
    if chosen.held_out:
        judged = [json.loads(line) for line in chosen.held_out.read_text(encoding="utf-8").splitlines()]
        found = features_kept_in(chosen.vectors, [row["text"] for row in judged])
        print(fitting.told_of(fitted, found, [row["class"] for row in judged]))
    if not chosen.dry_run:
        fitting.save(fitted, WEIGHTS)
        print(f"written: {WEIGHTS.relative_to(HERE.parents[1])}, {WEIGHTS.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()

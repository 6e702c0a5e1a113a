"""Receipts read by OCR: total and date found, seconds and memory of each, tokens and money beside a model that sees.

Run: python -m benchmarks files [--engine rapidocr] [--checkpoint FILE]. The pictures are those of sroie
(../shared/data), each read in the child process that reads customers' files, with one thread. "Text" is what OCR read,
"picture" the same picture in high detail, as the provider counts it; both beside the same question. What is read is
written to the checkpoint, so that a run which was ended goes on. Skips where the data is not there. No model is asked.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import gettempdir
from time import monotonic
from typing import Any

import numpy as np
from PIL import Image

from assistant.confidence_intervals import bootstrap, wilson
from assistant.llm import registry
from assistant.uploads.image_tokens import image_tokens
from benchmarks import machine
from benchmarks.receipts import date_in, total_in
from benchmarks.retrieval_data import DATA
from conversations.messaging.file_reading import limits
from knowledge.imports import sandbox
from knowledge.imports.document import Refused

ROWS = DATA / "sroie" / "dev.jsonl"
# US dollars for a million prompt tokens, as published when this was written.
PRICES = {"gpt-4o": "2.50", "gpt-4.1-mini": "0.40", "gpt-4o-mini": "0.15"}


def read_all(engine: str, checkpoint: Path) -> list[dict[str, Any]]:
    done = (
        {row["id"]: row for row in map(json.loads, checkpoint.read_text().splitlines())} if checkpoint.exists() else {}
    )
    rows = []
    for row in map(json.loads, ROWS.read_text(encoding="utf-8").splitlines()):
        if row["id"] not in done:
            done[row["id"]] = read_one(row, engine)
            with checkpoint.open("a") as file:
                file.write(json.dumps(done[row["id"]]) + "\n")
        rows.append(done[row["id"]] | {"fields": row["fields"]})
    return rows


def read_one(row: dict[str, Any], engine: str) -> dict[str, Any]:
    path = ROWS.parent / row["image"]
    begun = monotonic()
    try:
        read = sandbox.run("picture", path, replace(limits(), ocr_engine=engine))
    except Refused as refused:
        read = {"text": "", "confidence": 0.0, "code": refused.code, "cpu_s": 0.0, "peak_bytes": 0}
    with Image.open(path) as picture:
        return {"id": row["id"], "size": picture.size, "wall_s": round(monotonic() - begun, 2)} | read


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="rapidocr")
    parser.add_argument("--checkpoint", type=Path, default=None)
    arguments = parser.parse_args()
    if not ROWS.exists():
        print("Skipped: ../shared/data/sroie is not here.")
        return
    checkpoint = arguments.checkpoint or Path(gettempdir()) / f"bench-files-{arguments.engine}.jsonl"
    print(machine.described())
    rows = read_all(arguments.engine, checkpoint)
    _print_found(rows)
    _print_money(rows)


def _print_found(rows: list[dict[str, Any]]) -> None:
    totals = [total_in(row["text"]) == Decimal(row["fields"]["total"].strip("RM $")) for row in rows]
    dates = [
        date_in(row["text"]) is not None and date_in(row["text"]) == date_in(row["fields"]["date"]) for row in rows
    ]
    for name, hits in (("total", totals), ("date", dates)):
        print(f"{name}: {sum(hits)} of {len(hits)} {interval(wilson(sum(hits), len(hits)), 2)}")
        print("  missed:", [row["id"] for row, hit in zip(rows, hits, strict=True) if not hit])
    for name, unit in (("wall_s", 1), ("cpu_s", 1), ("peak_bytes", 1e6)):
        values = [row[name] / unit for row in rows]
        print(
            f"{name}: median {median(values):.1f} {interval(bootstrap(values, np.median), 1)}, most {max(values):.1f}"
        )


def _print_money(rows: list[dict[str, Any]]) -> None:
    """A thousand pictures, by the prompt tokens that the file alone takes."""
    for model, price in PRICES.items():
        text = [registry.counter("large")(row["text"]) for row in rows]
        seen = [image_tokens(model, *row["size"]) for row in rows]
        usd = [sum(tokens) / len(rows) * 1_000 * float(price) / 1e6 for tokens in (text, seen)]
        ratio = bootstrap([two / one for one, two in zip(text, seen, strict=True) if one], np.median)
        print(
            f"{model}: text {median(text):.0f} tokens, picture {median(seen):.0f}, "
            f"{interval(ratio, 2)} times; 1,000 pictures {usd[0]:.3f} $ and {usd[1]:.3f} $"
        )


def interval(ends: Any, places: int) -> str:
    return f"[{ends[0]:.{places}f}, {ends[1]:.{places}f}]"


if __name__ == "__main__":
    main()

"""What routing saves and loses with a small and a larger model that a machine without a GPU can run.

Run: make bench-routing ARGS="--large MODEL.gguf [--small MODEL.gguf] [--questions 16] [--max-loss 0.05]". Both are
served by xllamacpp on this machine and asked the same questions of `talk/demo_dev`, with the same passages; what
follows is what `manage.py evaluate routing` says of the answers. Answers are kept in benchmarks/.cache/, so a run that
was broken off goes on where it stopped; `--again` begins anew. The prices are made up: PRICES, in US dollars for a
million tokens. Without the data, the weights or xllamacpp it says so and skips.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from tqdm import tqdm

from assistant.llm import registry
from assistant.usage.models import PriceRule
from assistant.usage.pricing import price_list
from benchmarks.machine import described
from benchmarks.retrieval_data import DATA, talk, talk_rows
from benchmarks.retrieval_runs import indexed
from conversations.evaluation.routing import routing, routing_totals

CACHE = Path(__file__).resolve().parent / ".cache"
PRICES = {"small": 0.15, "large": 2.50}  # of input; output costs four times as much, as most lists have it
OUTPUT_TIMES = 4
KINDS = ("question", "unanswerable")
UNANSWERABLE_EVERY = 8  # one in so many
PASSAGES = 3  # of 5 by default: a processor reads 80 to 160 tokens a second
ANSWER_MAX_TOKENS = 120
PATIENCE_S = 300.0
SERVE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel = sys.argv[1], 4096, 1
params.cpuparams.n_threads, params.verbosity, params.warmup = 2, 0, False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", type=Path, default=Path(settings.SMALL_MODEL_PATH), help="a GGUF file")
    options.add_argument("--large", type=Path, help="a GGUF file")
    options.add_argument("--questions", type=int, default=16)
    options.add_argument("--max-loss", type=float, default=0.05)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--again", action="store_true", help="forget the answers of earlier runs")
    chosen = options.parse_args()
    if lacking := _lacking(chosen.small, chosen.large):
        print(f"skipped: {lacking}")
        return
    rows = sample(chosen.questions, chosen.seed)
    print(described(), end="\n\n")
    for tier, path in (("small", chosen.small), ("large", chosen.large)):
        print(f"- {tier}: {path.name}, {path.stat().st_size / 1e6:.0f} MB, sha256 {_digest(path)[:16]}")
    print(f"- {len(rows)} of the English questions of talk/demo_dev, seed {chosen.seed}; prices made up: {PRICES}\n")
    kept = CACHE / f"routing-{_digest(chosen.small)[:8]}-{_digest(chosen.large)[:8]}-{PASSAGES}.jsonl"
    if chosen.again:
        kept.unlink(missing_ok=True)
    with served(chosen.small) as small_url, served(chosen.large) as large_url:
        configure(small_url, large_url)
        answers = asked(rows, kept)
    done = [row | answers[row["id"]] for row in rows]
    stem = kept.with_suffix("")
    totals = routing_totals(
        done, max_loss=chosen.max_loss, chart=stem.with_suffix(".svg"), json_out=stem.with_suffix(".json")
    )
    print("\n".join(totals))
    print(f"\n{_seconds(done)}\nchart and totals: {stem}.svg, {stem}.json")


def _lacking(small: Path, large: Path | None) -> str:
    """What is not here that the benchmark needs; empty if all is."""
    if not (DATA / "talk" / "demo_dev.jsonl").exists():
        return f"{DATA / 'talk'} is not there"
    if importlib.util.find_spec("xllamacpp") is None:
        return "xllamacpp is not installed (requirements-local-model.txt)"
    if not small.exists():
        return f"the small model's weights are not at {small}; `make run` downloads them, or give --small"
    if large is None or not large.exists():
        return "no larger model: give the path of a GGUF file with --large"
    return ""


def sample(count: int, seed: int) -> list[dict[str, Any]]:
    """English questions without a history, and some that nothing answers; the same for the same seed."""
    rows = [row for row in talk_rows("talk demo_dev") if row["lang"] == "en" and not row["history"]]
    chance = random.Random(seed)
    answered, open_ones = ([row for row in rows if row["kind"] == kind] for kind in KINDS)
    open_count = count // UNANSWERABLE_EVERY
    chosen = chance.sample(answered, min(count - open_count, len(answered)))
    return [*chosen, *chance.sample(open_ones, min(open_count, len(open_ones)))]


@contextmanager
def served(weights: Path) -> Iterator[str]:
    """A model server of its own process; ends with it."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # else two threads spin while they wait
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", SERVE, str(weights)], env=environment, text=True, **pipes) as server:  # type: ignore[call-overload]
        try:
            address = server.stdout.readline().strip()
            if not address:
                sys.exit(f"{weights} could not be served")
            yield f"{address}/v1"
        finally:
            server.terminate()


def configure(small_url: str, large_url: str) -> None:
    engine = "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine"
    waits = {"first_token_timeout_s": PATIENCE_S, "gap_timeout_s": PATIENCE_S, "total_timeout_s": PATIENCE_S}
    common = {"api_key": "", "context_tokens": 4096, "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR), **waits}
    settings.ENGINES = {
        name: {"BACKEND": engine, "OPTIONS": {"base_url": url, "model": f"bench-{name}", **common}}
        for name, url in (("small", small_url), ("large", large_url))
    }
    settings.TIERS = {"large": ["large"], "small": [], "saving": ["small"]}
    settings.PASSAGES_MAX, settings.REPLY_MAX_TOKENS = PASSAGES, ANSWER_MAX_TOKENS
    registry.forget()
    for name, usd in PRICES.items():
        prices = {"input_usd": usd, "cached_input_usd": usd, "output_usd": usd * OUTPUT_TIMES}
        PriceRule.objects.update_or_create(model=f"bench-{name}", valid_from=date(2026, 1, 1), defaults=prices)
    price_list.forget()


def asked(rows: list[dict[str, Any]], kept: Path) -> dict[str, dict[str, Any]]:
    """What both models said, by question: read from earlier runs, or asked now and written down at once."""
    kept.parent.mkdir(exist_ok=True)
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    answers = {read["id"]: read for read in map(json.loads, lines)}
    left = [row for row in rows if row["id"] not in answers]
    if not left:
        return answers
    corpus = next(each for each in talk() if each.name == "talk demo_dev")
    with indexed(corpus, keep=False) as workspace, kept.open("a", encoding="utf-8") as out:
        for row in tqdm(left, desc="asking both models", unit=" questions"):
            began = time.perf_counter()
            answer = {"id": row["id"], **routing(row, workspace), "s": round(time.perf_counter() - began, 1)}
            answers[row["id"]] = answer
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            out.flush()
    return answers


def _seconds(rows: list[dict[str, Any]]) -> str:
    both = [row for row in rows if row["asked"]]
    means = {tier: sum(row[tier]["ms"] for row in both) / 1000 / max(1, len(both)) for tier in ("small", "large")}
    return f"seconds an answer on this machine: small {means['small']:.1f}, large {means['large']:.1f}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()

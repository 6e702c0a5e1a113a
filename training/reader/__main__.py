"""python -m training.reader prepare | mine | train | export | evaluate: see README.md beside this file."""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.llm.engines.reader import WEIGHTS
from training.reader.config import SHARED, Config


def main() -> None:
    cli = argparse.ArgumentParser(prog="python -m training.reader", description="prepare, mine, prepare, train, export")
    cli.add_argument("step", choices=list(STEPS))
    cli.add_argument("--work", type=Path, default=Path(".reader"), help="checkpoints and all that is made on the way")
    cli.add_argument("--data", type=Path, default=SHARED / "reader", help="the sets, one JSONL file each")
    cli.add_argument("--epochs", type=int, default=1, help="files of rows to prepare, or to train on: the last ones")
    cli.add_argument("--first", type=int, default=0, help="prepare: the number of the first file")
    cli.add_argument("--rows", type=int, default=150_000, help="train: stop after so many")
    cli.add_argument("--minutes", type=float, default=600.0, help="train: stop after so long")
    cli.add_argument("--start", type=Path, help="train: take the weights of this checkpoint, learn anew")
    cli.add_argument("--weights", type=Path, default=WEIGHTS, help="export, evaluate: the file that ships")
    cli.add_argument("--name", default="reader-1", help="export: what the weights are called")
    cli.add_argument("--corpus", nargs="*", default=(), help="evaluate: only these; pairs is one of them")
    cli.add_argument("--threads", type=int, default=2)
    cli.add_argument("--layers", type=int, default=6)
    asked = cli.parse_args()
    config = Config(work=asked.work, data=asked.data, threads=asked.threads, layers=asked.layers)
    STEPS[asked.step](config, asked)


def prepare(config: Config, asked: argparse.Namespace) -> None:
    from training.reader import rows, vectors

    known = vectors.load(config)
    print("mining by words alone" if known is None else f"mining by words and {len(known):,} vectors")
    for epoch in range(asked.first, asked.first + asked.epochs):
        print(epoch, rows.prepare(config, epoch, known))


def mine(config: Config, asked: argparse.Namespace) -> None:
    from training.reader import vectors

    print(f"{vectors.make(config):,} texts have vectors")


def train(config: Config, asked: argparse.Namespace) -> None:
    from training.reader import learning

    files = sorted(config.work.glob("train.*.jsonl"))[-asked.epochs :]
    print(learning.train(config, files, asked.rows, asked.minutes * 60, asked.start))


def export(config: Config, asked: argparse.Namespace) -> None:
    from training.reader import combining, exporting, onnx_scoring

    exporting.export(config, config.work / "checkpoint.pt", asked.weights)
    exporting.state(asked.weights, asked.name, dict.fromkeys(("answer", "pair", "unit"), (1.0, 0.0)))
    scorer = onnx_scoring.OnnxScorer(asked.weights)
    reads = combining.read_held_out(config, scorer)
    combined = combining.fit(reads)
    exporting.state(asked.weights, asked.name, combining.calibration(config, scorer, reads), combined)


def evaluate(config: Config, asked: argparse.Namespace) -> None:
    from training.reader import evaluation, onnx_scoring, pair_evaluation

    scorer = onnx_scoring.OnnxScorer(asked.weights)
    if asked.corpus != ["pairs"]:
        evaluation.evaluate(config, scorer, evaluation.with_combined(asked.weights), asked.corpus)
    if not asked.corpus or "pairs" in asked.corpus:
        pair_evaluation.evaluate_pairs(config, scorer)


STEPS = {"prepare": prepare, "mine": mine, "train": train, "export": export, "evaluate": evaluate}


if __name__ == "__main__":
    main()

"""python -m training.reader prepare | train: see README.md beside this file."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.reader.config import SHARED, Config


def main() -> None:
    cli = argparse.ArgumentParser(prog="python -m training.reader")
    cli.add_argument("step", choices=("prepare", "mine", "train", "export", "evaluate"))
    cli.add_argument("--work", type=Path, default=Path(".reader"), help="checkpoints and all that is made on the way")
    cli.add_argument("--data", type=Path, default=SHARED / "reader", help="the sets, one JSONL file each")
    cli.add_argument("--epochs", type=int, default=1, help="prepare: files of rows, each worded anew")
    cli.add_argument("--rows", type=int, default=150_000, help="train: stop after so many")
    cli.add_argument("--minutes", type=float, default=600.0, help="train: stop after so long")
    cli.add_argument("--start", type=Path, help="train: take the weights of this checkpoint, learn anew")
    cli.add_argument("--threads", type=int, default=2)
    cli.add_argument("--layers", type=int, default=6)
    asked = cli.parse_args()
    config = Config(work=asked.work, data=asked.data, threads=asked.threads, layers=asked.layers)
    if asked.step == "prepare":
        from training.reader import rows

        for epoch in range(asked.epochs):
            print(epoch, rows.prepare(config, epoch))
    elif asked.step == "train":
        from training.reader import learning

        files = sorted(config.work.glob("train.*.jsonl"))
        learning.train(config, files, asked.rows, asked.minutes * 60, asked.start)


if __name__ == "__main__":
    main()

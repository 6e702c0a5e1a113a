"""What each rival is given, and what it gives back: pairs of texts and the vectors of all of them, by file.

Runs in the rivals' own environment: nothing of Brevity is imported here.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np


class Task:
    """`pairs` are (asked before, asked now); each is tried on an empty cache."""

    def __init__(self, folder: Path) -> None:
        read = json.loads((folder / "task.json").read_text())
        self.pairs = [(a, b) for a, b in read["pairs"]]
        self.redis_url = read["redis_url"]
        self.folder = folder
        self._rows = {text: row for row, text in enumerate(read["texts"])}
        self._vectors = np.load(folder / "vectors.npy")

    def vector(self, text: str) -> list[float]:
        """Unit norm, from Brevity's own embedder: all systems see the same vectors.

        A text that is none of the task's is a system's own, to learn the number of dimensions.
        """
        found: list[float] = self._vectors[self._rows.get(text, 0)].tolist()
        return found


def run(serves: Callable[[Task], list[bool]]) -> None:
    """Try a system on the task in the folder that the command line names."""
    task = Task(Path(sys.argv[1]))
    (task.folder / "served.json").write_text(json.dumps(serves(task)))

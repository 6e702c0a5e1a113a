"""A table of docs/benchmarks.md, reproduced on newly created servers."""

import os
import subprocess
import sys
from pathlib import Path

from assistant.embedded.paths import ROOT

FEW = ("--workspaces", "2", "--chunks", "20", "--large", "40", "--questions", "20")


def test_a_benchmark_makes_the_tables_that_it_needs(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "assistant.embedded.with_services", "--throwaway", "--"]
    command += [sys.executable, "-m", "benchmarks", "retrieval_scale", *FEW]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**own, "DJANGO_SETTINGS_MODULE": "assistant.settings", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "| 2 workspaces | 20 each | four telling words |" in done.stdout
    assert "Indexing the demo shop:" in done.stdout

"""The pinned packages: those of a lock file, and torch, which a lock file leaves out (docs/decisions)."""

from __future__ import annotations

import re
from pathlib import Path

from assistant.embedded.lock import WITH_TORCH

ROOT = Path(__file__).resolve().parents[2]
SEPARATORS = re.compile(r"[-_.]+")
PIN = re.compile(r"(?m)^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")


def pins(text: str) -> dict[str, str]:
    """Return names, in the form of the index, and versions."""
    return {SEPARATORS.sub("-", name).lower(): version for name, version in PIN.findall(text)}


def with_torch(lock: Path) -> str:
    """Return the text of a lock file, with the pin of torch from requirements.txt at its end."""
    source = (ROOT / "requirements.txt").read_text()
    outside = [f"{name}=={version}" for name, version in pins(source).items() if WITH_TORCH.match(name)]
    return lock.read_text() + "\n".join(outside) + "\n"

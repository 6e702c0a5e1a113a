"""Write a bill of materials in CycloneDX JSON: every locked package with its version and hashes.

python -m tools.supply_chain.sbom [FILE]        (what `make sbom` does; sbom.cdx.json by default)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.supply_chain.pins import ROOT, pins, with_torch

DEFAULT = ROOT / "sbom.cdx.json"


def write(file: Path, *, validate: bool = True) -> int:
    """Write the file and return the number of packages. It needs no network; validating takes seconds."""
    text = with_torch(ROOT / "requirements.lock")
    options = ["--output-format", "JSON", "--output-reproducible", "--output-file", str(file)]
    options.append("--validate" if validate else "--no-validate")
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", *options, "-"]
    subprocess.run(command, input=text, text=True, check=True)
    return len(pins(text))


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    print(f"{file}: {write(file)} packages")


if __name__ == "__main__":
    main()

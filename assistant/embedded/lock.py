"""Write requirements.lock and requirements-dev.lock: every package with its version and hashes.

make lock

uv resolves once for CPython 3.11 to 3.13 on Linux and macOS. torch and its NVIDIA libraries are left out, because CPU
and CUDA builds have different hashes and users choose their own index. requirements.txt pins torch; install.py installs
it after the locked packages.
"""

import re
import subprocess
import sys

from assistant.embedded.paths import ROOT

LOCKS = {"requirements.lock": "requirements.txt", "requirements-dev.lock": "requirements-dev.txt"}
OLDEST_PYTHON = "3.11"
WITH_TORCH = re.compile(r"(torch|triton|nvidia-|cuda-)")
PACKAGE = re.compile(r"^(?=[a-zA-Z0-9])", re.MULTILINE)
HEAD = """# Written by `make lock` from {source}; do not edit. Every package with the hashes of its files, for
# CPython 3.11 to 3.13 on Linux and macOS. torch is left out on purpose: see assistant/embedded/lock.py.
"""


def resolved(source: str, previous: str) -> str:
    """Return uv's output for a requirements file. Versions of the previous lock are kept if they still fit."""
    options = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
    quiet = ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    output = ["--output-file", previous]
    command = [sys.executable, "-m", "uv", "pip", "compile", *options, *quiet, *output, source]
    subprocess.run(command, cwd=ROOT, check=True)
    return (ROOT / previous).read_text()


def without_torch(lock: str) -> str:
    """Return the lock without torch and the packages that only its CUDA builds need."""
    return "".join(block for block in PACKAGE.split(lock) if not WITH_TORCH.match(block))


def main() -> None:
    for lock, source in LOCKS.items():
        text = without_torch(resolved(source, lock))
        (ROOT / lock).write_text(HEAD.format(source=source) + text)
        print(f"{lock}: {len(PACKAGE.split(text))} packages")


if __name__ == "__main__":
    main()

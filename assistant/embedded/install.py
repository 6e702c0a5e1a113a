"""Create .venv and install the named requirements files into it; do nothing if that is done.

The lock file of the last one is installed first, with hashes checked; then the rest: torch, whose build depends on the
chosen index, and pins added after the lock was written.

Run as a plain file, by the Python that the Makefile found, before anything is installed:
    python3 -I assistant/embedded/install.py requirements.txt

With WHEELHOUSE, a folder, nothing is fetched: the packages come from there. `--wheelhouse` fills the folder instead, on
a machine with the same system and Python that has a network.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
EVERYTHING = ["requirements.txt", "requirements-dev.txt"]
DOWNLOADING = re.compile(r"\A\s*Downloading (\S+) \((\S+ [MG]B)\)")
BUILDING = re.compile(r"\A\s*Building wheel for (\S+)")
NO_VENV = """This Python cannot make virtual environments. Install its venv module:
  Debian, Ubuntu:  apt-get install python3-venv
  Fedora:          dnf install python3
then run the same command again."""
LOCAL_MODEL = "requirements-local-model.txt"
COMPILED_LATER = "llama-cpp-python"  # what a machine without network has no tools for: xllamacpp is there instead
BUILD_TOOLS = ("setuptools", "wheel")
NO_FOLDER = """make wheelhouse needs a folder: make wheelhouse WHEELHOUSE=/path/to/folder
Copy it to the machine without network, and start there with: WHEELHOUSE=/path/to/folder make run"""
NO_INSTALL = """The packages could not be installed. See the full log in {log}.
  - no network?          the first start needs PyPI, a mirror of it named in PIP_INDEX_URL, or a folder named in
                         WHEELHOUSE: see docs/air_gapped.md
  - no room?             the environment takes about 3 GiB; {free_gib:.1f} GiB are free here
  - "no matching distribution"?  use Python 3.11, 3.12 or 3.13: this is {python}
  - "do not match the hashes"?   the package index has different files; use PyPI or an exact mirror
  - a package that has to be compiled? Debian, Ubuntu: apt-get install build-essential python3-dev
then run the same command again. Downloads are kept."""


def lock_of(requirements: list[str]) -> str:
    """Return the lock file for all these files: that of the last, which includes the others."""
    return str(Path(requirements[-1]).with_suffix(".lock"))


def digest(requirements: list[str]) -> str:
    """Return the stamp of an environment with the current contents of these files."""
    whole = hashlib.sha256()
    for name in (*requirements, lock_of(requirements)):
        whole.update((ROOT / name).read_bytes())
    return whole.hexdigest()


def stamp_of(requirements: list[str]) -> Path:
    return VENV / f".installed-{Path(requirements[-1]).stem}"


def installed(requirements: list[str]) -> bool:
    stamp = stamp_of(requirements)
    return VENV_PYTHON.exists() and stamp.exists() and stamp.read_text() == digest(requirements)


def make_venv() -> None:
    if VENV_PYTHON.exists():
        return
    print(f"  creating .venv with Python {sys.version.split()[0]}", flush=True)
    result = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(f"{result.stdout}{result.stderr}\n{NO_VENV}")


def worth_showing(output: str) -> str | None:
    """Return a short form of a line of pip's output, or None if it is of no interest."""
    if match := DOWNLOADING.match(output):
        name = "-".join(match[1].rsplit("/", 1)[-1].removesuffix(".tar.gz").split("-")[:2])
        return f"  fetching {name} ({match[2]})"
    if match := BUILDING.match(output):
        return f"  building {match[1]}"
    if output.startswith("Installing collected packages:"):
        return f"  unpacking {output.count(',') + 1} packages"
    return None


def install(requirements: list[str], log: Path) -> int:
    """Run pip; return its exit status. The full output goes to the log, a summary to the terminal."""
    locked = ["--require-hashes", "--no-deps", "-r", lock_of(requirements)]
    wanted = [word for name in requirements for word in ("-r", name)]
    with log.open("w") as whole:
        return pip_install(locked, whole) or pip_install(wanted, whole)


def from_folder() -> list[str]:
    """Return the options that make pip look in WHEELHOUSE alone."""
    folder = os.environ.get("WHEELHOUSE", "")
    return ["--no-index", "--find-links", str(Path(folder).resolve())] if folder else []


def pip_install(words: list[str], log: TextIO) -> int:
    # Compiling all modules of torch takes a minute; those that are used get compiled on import.
    return run_pip(["install", "--no-compile", *from_folder(), *words], log)


def fill_wheelhouse(requirements: list[str], folder: Path, log: Path) -> int:
    """Download everything that `install` and the local model install, and the tools that build what has no wheel."""
    lines = (ROOT / LOCAL_MODEL).read_text().splitlines()
    pins = [line.split()[0] for line in lines if line and not line.startswith(("#", COMPILED_LATER))]
    everything = (
        ["--require-hashes", "--no-deps", "-r", lock_of(requirements)],
        [word for name in requirements for word in ("-r", name)],
        ["--no-deps", *pins, *BUILD_TOOLS],
    )
    with log.open("w") as whole:
        results = (run_pip(["download", "--dest", str(folder), *words], whole) for words in everything)
        return next((result for result in results if result), 0)


def run_pip(words: list[str], log: TextIO) -> int:
    calm = ["--no-input", "--progress-bar", "off"]
    command = [str(VENV_PYTHON), "-m", "pip", words[0], *calm, *words[1:]]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PYTHONUNBUFFERED": "1"}
    printed: set[str] = set()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | quiet,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        for output in pip.stdout or ():
            log.write(output)
            log.flush()
            line = worth_showing(output)
            if line and line not in printed:
                printed.add(line)
                print(line, flush=True)
    return pip.returncode


def wheelhouse(requirements: list[str]) -> None:
    if not os.environ.get("WHEELHOUSE"):
        sys.exit(NO_FOLDER)
    folder = Path(os.environ["WHEELHOUSE"]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    make_venv()
    log = VENV / "wheelhouse.log"
    if fill_wheelhouse(requirements, folder, log) != 0:
        sys.exit(f"The packages could not be downloaded. See the full log in {log}.")
    files = [path for path in folder.iterdir() if path.is_file()]
    print(f"  {len(files)} files, {sum(path.stat().st_size for path in files) / 2**30:.1f} GiB in {folder}", flush=True)


def main(requirements: list[str]) -> None:
    if installed(requirements) or installed(EVERYTHING):
        return
    started = time.monotonic()
    print(f"Installing {', '.join(requirements)} (the first time takes some minutes)", flush=True)
    make_venv()
    log = VENV / "install.log"
    if install(requirements, log) != 0:
        free_gib = shutil.disk_usage(ROOT).free / 2**30
        tail = "".join(log.read_text().splitlines(keepends=True)[-8:])
        cure = NO_INSTALL.format(log=log, free_gib=free_gib, python=sys.version.split()[0])
        sys.exit(f"{tail}\n{cure}")
    stamp_of(requirements).write_text(digest(requirements))
    print(f"  installed in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--wheelhouse"]:
        wheelhouse(sys.argv[2:])
    else:
        main(sys.argv[1:])

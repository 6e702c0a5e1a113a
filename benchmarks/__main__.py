"""`python -m benchmarks`: every table, one process each. One that fails does not keep the next from its turn."""

import subprocess
import sys

TABLES = (
    "cache",
    "retrieval",
    "retrieval_scale",
    "memory",
    "summaries",
    "citations",
    "cost",
    "assembly",
    "api",
    "sockets",
)


def main() -> None:
    failed = []
    for name in TABLES:
        print(f"\n# {name}\n", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

"""`python -m benchmarks [TABLE [ARGS...]]`: one table, or all, one process each.

The database's tables are made first. A table that fails does not keep the next from its turn.
"""

import subprocess
import sys

from django.core.management import call_command

TABLES = (
    "cache",
    "leaks",
    "masking",
    "understanding",
    "retrieval",
    "retrieval_scale",
    "memory",
    "summaries",
    "citations",
    "files",
    "files_bombs",
    "gate",
    "cost",
    "routing",
    "assembly",
    "api",
    "sockets",
    "doors",
)


def main() -> None:
    chosen, arguments = sys.argv[1:2], sys.argv[2:]
    call_command("migrate", verbosity=0)
    failed = []
    for name in chosen or TABLES:
        print(f"\n# {name}\n", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

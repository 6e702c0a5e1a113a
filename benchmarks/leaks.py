"""10,000 generated conversations of two visitors each, over a model that repeats whatever it has read.

Run: python -m benchmarks leaks [10000]. It is the test of tests/leaks, which CI runs with a tenth of it.
"""

import os
import subprocess
import sys

TEST = "tests/leaks/test_no_leaks_between_visitors.py"


def main() -> None:
    count = sys.argv[1] if len(sys.argv) > 1 else "10000"
    command = [sys.executable, "-m", "pytest", TEST, "-q", "-s", "-p", "no:cacheprovider"]
    sys.exit(subprocess.call(command, env={**os.environ, "LEAK_CONVERSATIONS": count}))


if __name__ == "__main__":
    main()

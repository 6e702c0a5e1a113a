"""Find a Chromium for the browser tests, install one if possible, or print how to get one.

python -m assistant.embedded.browser
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from assistant.embedded.paths import value_of

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
APT_LIMIT_S = 600
CURE = """No browser was found for the browser tests. Any of these is enough:
  Debian, Ubuntu:  apt-get install chromium
  others:          .venv/bin/playwright install --with-deps chromium
  or name one:     CHROMIUM=/path/to/chromium make test"""


def find_browser() -> str | None:
    """Return the path of a browser: CHROMIUM, one on the PATH, or the one installed by Playwright."""
    places = [value_of("CHROMIUM"), *(shutil.which(name) for name in NAMES), MACOS, playwrights_own()]
    return next((path for path in places if path and Path(path).exists()), None)


def playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def install_from_debian() -> None:
    """Run apt-get install chromium on Debian derivatives, as root."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing Chromium for the browser tests", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            ["apt-get", "-qq", *words],
            env=quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=APT_LIMIT_S,
            check=False,
        )
        if done.returncode != 0:
            print(done.stderr[-1000:], file=sys.stderr)


def main() -> None:
    if find_browser():
        return
    install_from_debian()
    if not find_browser():
        sys.exit(CURE)


if __name__ == "__main__":
    main()

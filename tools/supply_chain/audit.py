"""Look up known vulnerabilities of every locked package at pypi.org.

python -m tools.supply_chain.audit        (what `make audit` does)

It fails if a vulnerability is known. Where pypi.org cannot be reached, or does not know a package, it says what was not
checked, and does not fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tools.supply_chain.pins import ROOT, pins, with_torch

SERVICE = "https://pypi.org/pypi/pip/json"
LOCK = ROOT / "requirements-dev.lock"  # holds the packages of requirements.lock too


def is_reachable(address: str = SERVICE, timeout_s: float = 10.0) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=timeout_s):
            return True
    except (urllib.error.URLError, TimeoutError):
        return False


def audit() -> dict[str, Any]:
    """Return the report of pip-audit. It reads versions alone; pip checks the hashes when it installs."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("".join(f"{name}=={version}\n" for name, version in pins(with_torch(LOCK)).items()))
        options = ["--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json", "-r", str(listed)]
        done = subprocess.run([sys.executable, "-m", "pip_audit", *options], stdout=subprocess.PIPE, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def summary(report: dict[str, Any]) -> tuple[list[str], bool]:
    """Return what to print, and whether nothing is known against any package."""
    packages = report["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    bad = [package for package in packages if package.get("vulns")]
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none'}"
        for package in bad
        for found in package["vulns"]
    ]
    lines.append(f"make audit: {len(packages) - len(skipped)} packages checked, {len(bad)} with known vulnerabilities.")
    if skipped:
        lines.append(f"Not checked, because the index does not know them: {len(skipped)} ({', '.join(skipped)}).")
    return lines, not bad


def main() -> None:
    if not is_reachable():
        print("make audit: pypi.org can't be reached from here, so nothing was checked.")
        return
    lines, is_clean = summary(audit())
    print("\n".join(lines))
    sys.exit(not is_clean)


if __name__ == "__main__":
    main()

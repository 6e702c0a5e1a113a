"""The bill of materials and the audit."""

import json
from pathlib import Path

import pytest

from assistant.embedded.state import free_port
from tools.supply_chain import audit, sbom
from tools.supply_chain.pins import ROOT, pins

VULNERABLE = {
    "dependencies": [
        {"name": "idna", "version": "3.20", "vulns": []},
        {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.0"]}]},
        {"name": "ours", "skip_reason": "Dependency not found on PyPI"},
    ]
}


def test_the_bill_of_materials_lists_every_locked_package_with_its_hashes(tmp_path: Path):
    file = tmp_path / "sbom.json"

    count = sbom.write(file, validate=False)

    found = json.loads(file.read_text())
    components = {component["name"].lower(): component for component in found["components"]}
    locked = pins((ROOT / "requirements.lock").read_text())
    assert found["bomFormat"] == "CycloneDX"
    torch = pins((ROOT / "requirements.txt").read_text())["torch"]
    assert {name: component["version"] for name, component in components.items()} == locked | {"torch": torch}
    assert count == len(components)
    without = [name for name in locked if not components[name]["externalReferences"][0].get("hashes")]
    assert without == []


def test_a_known_vulnerability_fails_the_audit_and_what_was_not_checked_is_said():
    lines, is_clean = audit.summary(VULNERABLE)

    assert lines == [
        "pillow 1.0: PYSEC-1, fixed in 2.0",
        "make audit: 2 packages checked, 1 with known vulnerabilities.",
        "Not checked, because the index does not know them: 1 (ours).",
    ]
    assert not is_clean


def test_an_audit_without_known_vulnerabilities_passes():
    assert audit.summary({"dependencies": VULNERABLE["dependencies"][:1]})[1]


def test_an_index_that_cannot_be_reached_is_said_and_does_not_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    nowhere = f"http://127.0.0.1:{free_port()}/"
    monkeypatch.setattr(audit.is_reachable, "__defaults__", (nowhere, 1.0))

    audit.main()

    assert capsys.readouterr().out == "make audit: pypi.org can't be reached from here, so nothing was checked.\n"

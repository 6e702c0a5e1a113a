"""The installer: its output while pip works, when it does nothing, and which packages it refuses."""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from assistant.embedded import install
from assistant.embedded.lock import LOCKS, WITH_TORCH
from assistant.embedded.paths import ROOT

PIN = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;#\\]+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("pip_says", "person_sees"),
    [
        ("  Downloading django-5.2.19-py3-none-any.whl (8.3 MB)\n", "  fetching django-5.2.19 (8.3 MB)"),
        ("  Downloading https://host/a/llama-0.3.36.tar.gz (76.6 MB)\n", "  fetching llama-0.3.36 (76.6 MB)"),
        ("  Downloading idna-3.11-py3-none-any.whl (71 kB)\n", None),
        ("  Building wheel for crc32c (pyproject.toml): started\n", "  building crc32c"),
        ("Installing collected packages: a, b, c\n", "  unpacking 3 packages"),
        ("Requirement already satisfied: pip in /x\n", None),
        ("WARNING: Location 'file:///x' is ignored\n", None),
    ],
)
def test_pip_is_told_in_few_words(pip_says: str, person_sees: str | None) -> None:
    assert install.worth_showing(pip_says) == person_sees


@pytest.mark.parametrize("changed", ["requirements.txt", "requirements.lock"])
def test_a_changed_requirement_or_lock_is_installed_again(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path)
    for name in ("requirements.txt", "requirements.lock"):
        (tmp_path / name).write_text("Django==5.2.18\n")
    before = install.digest(["requirements.txt"])

    (tmp_path / changed).write_text("Django==5.2.19\n")

    assert install.digest(["requirements.txt"]) != before


def wheel(folder: Path, name: str) -> str:
    """Create an empty package; return the SHA-256 of its file."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that requires `boxed`, from a folder of wheels without an index."""
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "VENV_PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    (tmp_path / "requirements.txt").write_text("boxed==1.0\n")
    return tmp_path


def test_a_package_is_installed_if_its_hash_is_the_locked_one(shop: Path) -> None:
    (shop / "requirements.lock").write_text(f"boxed==1.0 --hash=sha256:{wheel(shop, 'boxed')}\n")

    install.main(["requirements.txt"])

    assert list((shop / ".venv").glob("lib/*/site-packages/boxed-1.0.dist-info"))
    assert install.installed(["requirements.txt"])


def test_a_package_with_another_hash_than_the_locked_one_is_refused(shop: Path) -> None:
    wheel(shop, "boxed")
    (shop / "requirements.lock").write_text(f"boxed==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(SystemExit, match="could not be installed"):
        install.main(["requirements.txt"])

    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in (shop / ".venv" / "install.log").read_text()
    assert not install.installed(["requirements.txt"])


def test_with_a_wheelhouse_packages_come_from_it_alone(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a network namespace without a route, where those are allowed; an index that is asked refuses anyway."""
    house, copy = shop / "house", shop / "assistant" / "embedded" / "install.py"
    house.mkdir()
    copy.parent.mkdir(parents=True)
    shutil.copy(install.__file__, copy)
    (shop / "requirements.lock").write_text(f"boxed==1.0 --hash=sha256:{wheel(house, 'boxed')}\n")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("WHEELHOUSE", str(house))
    unshare = shutil.which("unshare") or "false"
    without_network = subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode == 0
    command = [*(["unshare", "-rn"] if without_network else []), sys.executable, "-I", str(copy), "requirements.txt"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert list((shop / ".venv").glob("lib/*/site-packages/boxed-1.0.dist-info"))


def test_a_wheelhouse_is_filled_with_all_that_is_installed(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = wheel(shop, "boxed")
    for name in ("weights", "setuptools", "wheel"):
        wheel(shop, name)
    (shop / "requirements.lock").write_text(f"boxed==1.0 --hash=sha256:{digest}\n")
    (shop / "requirements-local-model.txt").write_text("# the model\nllama-cpp-python==1.0\nweights==1.0  # why\n")
    monkeypatch.setenv("WHEELHOUSE", str(shop / "house"))
    monkeypatch.setattr(install, "VENV_PYTHON", Path(sys.executable))
    (shop / ".venv").mkdir()

    install.wheelhouse(["requirements.txt"])

    files = {path.name.partition("-")[0] for path in (shop / "house").iterdir()}
    assert files == {"boxed", "weights", "setuptools", "wheel"}


def test_a_wheelhouse_needs_a_folder(shop: Path) -> None:
    with pytest.raises(SystemExit, match="WHEELHOUSE=/path"):
        install.wheelhouse(["requirements.txt"])


def test_make_says_how_to_fill_and_use_a_wheelhouse() -> None:
    done = subprocess.run(["make", "-n", "wheelhouse"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "install.py --wheelhouse requirements.txt" in done.stdout


def pins(*names: str) -> dict[str, str]:
    found = [pin for name in names for pin in PIN.findall((ROOT / name).read_text())]
    return {re.sub(r"[-_.]+", "-", name.lower()): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_has_every_pin_but_torch_with_hashes_and_names_no_host(lock: str) -> None:
    wanted = pins("requirements.txt", LOCKS[lock])
    text = (ROOT / lock).read_text()
    # The same package may be there twice, for an older and a newer Python.
    locked = {(re.sub(r"[-_.]+", "-", name.lower()), version) for name, version in PIN.findall(text)}

    missing = [f"{name}=={version}" for name, version in wanted.items() if (name, version) not in locked]
    assert [pin for pin in missing if not WITH_TORCH.match(pin)] == [], "run `make lock`"
    assert all("--hash=sha256:" in block for block in re.split(r"(?m)^(?=\w)", text)[1:])
    assert "://" not in text
    assert "--index-url" not in text

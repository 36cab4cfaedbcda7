"""The settings file and the folders: never a crash, never half a file."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from nexus_studio.core.settings import RECENT, UI_LANGUAGE, UI_THEME, Settings, column_widths
from nexus_studio.services.paths import HOME_VARIABLE, Paths
from nexus_studio.services.settings_store import SettingsStore, write_private

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "config" / "settings.toml")


def test_no_file_means_defaults(store: SettingsStore) -> None:
    assert store.load() == Settings()
    assert not store.path.exists()


def test_everything_comes_back(store: SettingsStore) -> None:
    widths = column_widths('db/"Odd.Schema"."tä ble"')
    settings = Settings({"unknown.future": [1, 2]}).with_value(UI_LANGUAGE, "fr").with_value(RECENT, ("a", "é\n"))
    settings = settings.with_value(widths, {"id": 80, "a.b": 12})
    store.save(settings)
    loaded = store.load()
    assert loaded.get(UI_LANGUAGE) == "fr"
    assert loaded.get(RECENT) == ("a", "é\n")
    assert loaded.get(widths) == {"id": 80, "a.b": 12}
    assert loaded.values["unknown.future"] == [1, 2]


@posix
def test_the_file_is_private(store: SettingsStore) -> None:
    store.save(Settings().with_value(UI_THEME, "dark"))
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"[ui\ntheme = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_broken_file_is_set_aside(store: SettingsStore, content: bytes) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(content)
    assert store.load() == Settings()
    assert store.set_aside is not None
    assert store.set_aside.read_bytes() == content
    store.save(Settings().with_value(UI_THEME, "dark"))
    assert store.load().get(UI_THEME) == "dark"


def test_a_folder_in_place_of_the_file_is_no_crash(store: SettingsStore, caplog: pytest.LogCaptureFixture) -> None:
    store.path.mkdir(parents=True)
    assert store.load() == Settings()
    caplog.clear()


def test_a_failed_write_leaves_the_old_file_and_no_litter(
    store: SettingsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(Settings().with_value(UI_THEME, "dark"))

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_private(store.path, b"half")
    assert store.load().get(UI_THEME) == "dark"
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]


def test_one_variable_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "here"))
    paths = Paths.default()
    assert paths == Paths.below(tmp_path / "here")
    assert {paths.config, paths.data, paths.state, paths.cache, paths.logs.parent} == {
        tmp_path / "here" / name for name in ("config", "data", "state", "cache")
    }
    assert not (tmp_path / "here").exists()


def test_without_it_the_platform_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME_VARIABLE)
    assert all("nexus-studio" in str(path) for path in (Paths.default().config, Paths.default().data))

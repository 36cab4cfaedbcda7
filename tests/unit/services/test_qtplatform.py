"""The advice for a machine on which Qt can't open a window."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nexus_studio import cli
from nexus_studio.services import qtplatform
from nexus_studio.services.qtplatform import advice, advice_on_import, install_command, libraries_not_found, plugin_file

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X and its libraries")

LDD = """
	linux-vdso.so.1 (0x00007ffd)
	libQt6XcbQpa.so.6 => /venv/PySide6/Qt/lib/libQt6XcbQpa.so.6 (0x0000)
	libxcb-cursor.so.0 => not found
	libxkbcommon-x11.so.0 => not found
	libxcb-cursor.so.0 => not found
	libQt6Gui.so.6 => not found
	libc.so.6 => /lib/libc.so.6 (0x0000)
"""
MISSING = ("libxcb-cursor.so.0", "libxkbcommon-x11.so.0")


def test_what_ldd_does_not_find() -> None:
    assert libraries_not_found(LDD) == MISSING
    assert libraries_not_found("") == ()


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "sudo apt install libxcb-cursor0 libxkbcommon-x11-0"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "sudo apt install libxcb-cursor0 libxkbcommon-x11-0"),
        ("NAME=x\nID=fedora\n", "sudo dnf install libxkbcommon-x11 xcb-util-cursor"),
        ("ID=arch\n", "sudo pacman -S libxkbcommon-x11 xcb-util-cursor"),
        ("ID=nixos\n", ""),
    ],
)
def test_the_command_fits_the_distribution(tmp_path: Path, release: str, expected: str) -> None:
    file = tmp_path / "os-release"
    file.write_text(release)
    assert install_command(MISSING, file) == expected
    assert install_command(MISSING, tmp_path / "none") == ""


def test_no_screen() -> None:
    found = advice({})
    assert found is not None
    assert found.code == "qt.no_screen"
    assert "xvfb-run" in found.text


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "wayland", "vnc:size=100x100"])
def test_a_chosen_platform_needs_no_advice(platform: str) -> None:
    assert advice({"QT_QPA_PLATFORM": platform}) is None


def test_missing_libraries_are_named_with_their_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(qtplatform, "missing_libraries", lambda: MISSING)
    found = advice({"DISPLAY": ":99"})
    assert found is not None
    assert found.code == "qt.libraries_missing"
    assert found.libraries == MISSING
    assert "libxcb-cursor.so.0" in found.text


def test_nothing_missing_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qtplatform, "missing_libraries", lambda: ())
    assert advice({"DISPLAY": ":99"}) is None


def test_the_plugin_is_found_and_read_without_qt() -> None:
    assert plugin_file("libqxcb.so") is not None
    assert isinstance(qtplatform.missing_libraries(), tuple)


def test_a_failed_import_of_qt_names_its_library() -> None:
    error = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    found = advice_on_import(error)
    assert found is not None
    assert "libEGL.so.1" in found.libraries
    assert "libEGL.so.1" in found.text
    assert advice_on_import(ImportError("No module named 'PySide6'")) is None


def test_the_command_line_says_it_instead_of_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Refusing:
        """An importer that finds Qt's libraries missing."""

        def find_spec(self, name: str, *_: object) -> None:
            if name == "nexus_studio.app":
                raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.delitem(sys.modules, "nexus_studio.app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
    assert cli.main(["open"]) == 1
    assert "libEGL.so.1" in capsys.readouterr().err

"""Sizes are written in one way everywhere: PostgreSQL's digits, the language's unit, the locale's form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import nexus_studio.ui
from nexus_studio.core.errors import MaintenanceRefused
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.grid.looks import line_of, look_of
from nexus_studio.ui.kit.i18n import Languages
from nexus_studio.ui.kit.sizes_said import bytes_text, size_text
from nexus_studio.ui.kit.wording import sentence
from nexus_studio.ui.kit.wording_readiness import SIZES

NBSP, NARROW = "\u00a0", "\u202f"
PICTURE = "\\x89504e470d0a1a0a" + "00" * 20_000


@pytest.fixture
def speak(qapp: QApplication) -> Iterator[Languages]:
    languages = Languages(qapp)
    yield languages
    languages.apply("en")
    languages.deleteLater()


@pytest.mark.parametrize(
    ("size", "english", "french"),
    [
        (0, "0 bytes", f"0{NBSP}octet"),
        (1, "1 byte", f"1{NBSP}octet"),
        (-2, "-2 bytes", f"-2{NBSP}octets"),
        (10_239, "10,239 bytes", f"10{NARROW}239{NBSP}octets"),
        (1 << 20, "1,024 kB", f"1{NARROW}024{NBSP}ko"),
        (10 << 20, "10 MB", f"10{NBSP}Mo"),
        (-(10 << 30), "-10 GB", f"-10{NBSP}Go"),
        (1 << 60, "1,024 PB", f"1{NARROW}024{NBSP}Po"),
    ],
)
def test_a_size_has_the_languages_unit(speak: Languages, size: int, english: str, french: str) -> None:
    speak.apply("en")
    assert size_text(size) == english
    speak.apply("fr")
    assert size_text(size) == french


def test_a_size_to_the_byte_has_no_end(speak: Languages) -> None:
    speak.apply("en")
    assert bytes_text(3 << 30) == "3,221,225,472 bytes"


def test_errors_say_sizes_and_not_bytes(speak: Languages) -> None:
    speak.apply("en")
    refused = MaintenanceRefused("maintain.disk", needed=20 << 30, free=15 << 20)
    assert sentence(refused).explanation.startswith("At its height it needs 20 GB, and 15 MB are free.")


def test_the_grid_and_the_record_say_the_same_of_a_file(speak: Languages) -> None:
    type_ = PgType(17, "bytea", "bytea", "bytea", TypeKind.BINARY)
    for language in ("en", "fr"):
        speak.apply(language)
        assert line_of(PICTURE, type_) == look_of(PICTURE, type_).text
        assert size_text(20_008) in line_of(PICTURE, type_)
    assert line_of("\\x00ff", type_) == "\\x00ff"  # short bytes are shown, not counted


def test_no_other_way_is_left() -> None:
    folder = Path(nexus_studio.ui.__file__).parent
    others = [str(file) for file in folder.rglob("*.py") if "formattedDataSize" in file.read_text(encoding="utf-8")]
    assert others == []


def test_the_checklist_has_the_same_units() -> None:
    assert set(SIZES) == {"bytes", "kB", "MB", "GB", "TB", "PB"}

"""How the window writes a number of bytes, everywhere: PostgreSQL's digits, the language's unit. Context "sizes"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, QObject

from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.plurals import numbered, plural_of

_UNITS: Final[Mapping[str, str]] = {
    "kB": QT_TRANSLATE_NOOP("sizes", "{number} kB"),
    "MB": QT_TRANSLATE_NOOP("sizes", "{number} MB"),
    "GB": QT_TRANSLATE_NOOP("sizes", "{number} GB"),
    "TB": QT_TRANSLATE_NOOP("sizes", "{number} TB"),
    "PB": QT_TRANSLATE_NOOP("sizes", "{number} PB"),
}


class _Bytes(QObject):
    """Counts bytes, with plural forms: none is singular in French."""

    def said(self, number: int) -> str:
        """Count bytes; the form of so many fewer is the form of so many."""
        return numbered(self.tr("{number} byte(s)", "", plural_of(abs(number))), number)


def size_text(size_bytes: float) -> str:
    """Write a size as psql and the command line do (`pg_size_pretty`: "524 kB"), the number in the locale's form."""
    number, _, unit = human_bytes(int(size_bytes)).partition(" ")
    if unit == "bytes":
        return bytes_text(int(number))
    return QCoreApplication.translate("sizes", _UNITS[unit]).format(number=QLocale().toString(int(number)))


def bytes_text(size_bytes: int) -> str:
    """Write a size to the byte."""
    return _Bytes().said(size_bytes)

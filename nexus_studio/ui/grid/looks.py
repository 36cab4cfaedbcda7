"""How a cell looks: its one-line text, the manner of drawing it and what stands dimmed beside it. No painting here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.data.cells import PREVIEW, UNREAD, Default, StagedCell
from nexus_studio.core.data.codecs import built_in_codecs
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.ui.kit.sizes_said import size_text

LONGEST: Final = 400
"""Characters of a cell that are ever laid out: no column is wider than these."""

MASK: Final = "••••••"
"""What stands in place of a masked value."""

_CODECS: Final = built_in_codecs()
_RIGHT: Final = frozenset({TypeKind.NUMBER})
_COMPACT: Final = frozenset({TypeKind.JSON, TypeKind.ARRAY, TypeKind.COMPOSITE, TypeKind.TEXT, TypeKind.OTHER})
_SPACES: Final = re.compile(r"\s*[\r\n\t]\s*")
_CUT: Final = {TypeKind.JSON: "{…}", TypeKind.ARRAY: "[…]", TypeKind.COMPOSITE: "(…)"}
"""What stands for a value of which nothing was read but its size."""

_MAGIC: Final = (
    ("89504e47", "PNG"),
    ("ffd8ff", "JPEG"),
    ("47494638", "GIF"),
    ("52494646", "RIFF"),
    ("25504446", "PDF"),
    ("504b0304", "ZIP"),
    ("1f8b", "gzip"),
)


class Manner(Enum):
    """How a cell's text is drawn."""

    PLAIN = "plain"
    NULL = "null"
    EMPTY = "empty"
    DEFAULT = "default"
    CHIP = "chip"
    TICK = "tick"
    CROSS = "cross"
    QUIET = "quiet"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class CellLook:
    """What is drawn: `text` on one line, `note` dimmed behind it (a size, a label)."""

    text: str
    manner: Manner = Manner.PLAIN
    note: str = ""


def is_right_aligned(type_: PgType) -> bool:
    """Tell whether values of a type stand at the right edge, so that their digits line up."""
    return type_.kind in _RIGHT


def look_of(cell: StagedCell, type_: PgType, size: int | None = None) -> CellLook:
    """Decide how a cell looks. `size` is the whole value's octets when the cell holds only its beginning, 0 unknown.

    `UNREAD` as size: nothing of the cell was read, and it looks like what is on its way.
    Cost: constant; a cell's text is at most `PREVIEW` characters when read, and `LONGEST` are kept of a staged one.
    """
    if cell is None:
        return CellLook("NULL", Manner.NULL)
    if isinstance(cell, Default):
        return CellLook("DEFAULT", Manner.DEFAULT)
    if cell == "":
        return _blank(type_, size)
    match type_.kind:
        case TypeKind.BOOLEAN:
            return CellLook("", Manner.TICK) if cell in {"t", "true"} else CellLook("", Manner.CROSS)
        case TypeKind.ENUM:
            return CellLook(cell, Manner.CHIP)
        case TypeKind.BINARY:
            return _binary(cell, size)
    return _text(cell, type_, size)


def _blank(type_: PgType, size: int | None) -> CellLook:
    """Tell an empty value from one of which nothing is here."""
    if size is None:
        return CellLook(QCoreApplication.translate("grid", "empty"), Manner.EMPTY)
    if size == UNREAD:
        return CellLook("", Manner.UNREAD)
    return CellLook(_CUT.get(type_.kind, "…"), Manner.QUIET, size_text(size) if size else "")


def _text(cell: str, type_: PgType, size: int | None) -> CellLook:
    text = cell if size is None else cell[:PREVIEW]
    if len(text) > LONGEST:
        text, size = text[:LONGEST], len(cell)
    if type_.kind in _COMPACT and ("\n" in text or "\t" in text or "\r" in text):
        text = _SPACES.sub(" ↵ " if type_.kind is TypeKind.TEXT else " ", text)
    if size is None:
        return CellLook(text)
    return CellLook(text + "…", Manner.PLAIN, size_text(size) if size else "")


def masked_look(cell: StagedCell) -> CellLook:
    """Say how a masked cell is drawn: whether there is a value is no secret, the value is."""
    return CellLook("NULL", Manner.NULL) if cell is None else CellLook(MASK, Manner.QUIET)


def line_of(cell: str, type_: PgType, size: int | None = None) -> str:
    """Write a value (never None) in one line as its type's codec does, the size of long bytes as the grid does."""
    text = _CODECS.for_type(type_).display(cell, type_, size)
    if type_.kind is TypeKind.BINARY and not text.startswith("\\x"):
        return look_of(cell, type_, size).text
    return text


def binary_kind(text: str) -> str:
    r"""Name the kind of a bytea value (`\x…` text form) by its first bytes; empty when unknown."""
    digits = text[2:18].lower()
    return next((name for magic, name in _MAGIC if digits.startswith(magic)), "")


def _binary(cell: str, size: int | None) -> CellLook:
    octets = size or (len(cell) - 2) // 2
    kind = binary_kind(cell)
    words = size_text(octets) if size != 0 else QCoreApplication.translate("grid", "bytes")
    return CellLook(f"{kind} · {words}" if kind else words, Manner.QUIET)

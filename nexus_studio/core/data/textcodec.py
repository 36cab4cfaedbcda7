"""ValueCodec: how a value's text is shown in one line and what typed text is plainly wrong; and that of plain text."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, Protocol

from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.types import PgType, TypeKind


class Align(Enum):
    """Where a column's values stand in their cells."""

    LEFT = "left"
    RIGHT = "right"
    CENTER = "center"


class ValueCodec(Protocol):
    """What the grid and the editors must know about a family of types. Stateless."""

    align: Align

    def display(self, cell: str, type_: PgType, size: int | None = None) -> str:
        """Show a value (never None) in one line. `size` is the octets of the whole value when `cell` was cut."""
        ...

    def check(self, typed: str, type_: PgType) -> str:
        """Return the text to stage for what a person typed; the server remains the judge.

        Raises:
            InvalidValue: fact `reason` is one of `REASONS`; the column is not known here.
        """
        ...


REASONS: Final = (
    "value.nul",  # text can't hold the character NUL
    "value.not_text",  # a lone surrogate: no UTF-8 for it
    "value.too_long",  # facts length (allowed characters)
    "value.not_integer",
    "value.out_of_range",  # facts low, high
    "value.not_number",
    "value.too_precise",  # more digits than numeric(p, s) has, before or after the point; facts precision, scale
    "value.too_fine",  # more digits of a second than the type keeps; facts digits
    "value.time_lost",  # a time of day for a date
    "value.not_boolean",
    "value.not_uuid",
    "value.not_in_list",  # an enum without that label
    "value.not_json",
    "value.not_date",
    "value.not_time",
    "value.not_timestamp",
    "value.not_hex",
    "value.not_array",
    "value.not_range",
    "value.not_address",
)
"""Why a codec refuses a text."""

_SIGNS: Final = str.maketrans(
    {
        "\n": "⏎",
        "\t": "⇥",
        "\r": "␍",
        **{chr(code): chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t\r"},
    }
)
# NAMEDATALEN - 1, and "char" (manual, section 8.3), by pg_type name and by the spelling a domain's base has.
_BYTES: Final = {"name": 63, "char": 1, '"char"': 1}
_OCTAL: Final = re.compile(r"\\[0-3][0-7]{2}\Z")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def one_line(cell: str) -> str:
    """Show line ends, tabs and other control characters as signs; CR LF as one."""
    return cell.replace("\r\n", "\n").translate(_SIGNS)


def refuse(reason: str, **facts: int) -> InvalidValue:
    """Make the error of a codec."""
    error = InvalidValue(reason=reason)
    error.facts.update(facts)
    return error


def check_text(typed: str) -> str:
    """Refuse what no text of PostgreSQL can hold.

    Raises:
        InvalidValue: reasons "value.nul", "value.not_text".
    """
    if "\0" in typed:
        raise refuse("value.nul")
    if not typed.isascii() and _LONE_SURROGATE.search(typed):
        raise refuse("value.not_text")
    return typed


class TextCodec:
    """Plain text: the codec of every type without one of its own."""

    align = Align.LEFT

    def display(self, cell: str, type_: PgType, size: int | None = None) -> str:
        """Show line ends and tabs as signs."""
        return one_line(cell)

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse what is longer than the column (spaces at the end don't count: PostgreSQL cuts them off).

        `name` and `"char"` would be cut without a word: they hold 63 bytes and one (or its octal escape).
        """
        check_text(typed)
        most = _BYTES.get(type_.name) or _BYTES.get(type_.domain_of)
        if most is not None and len(typed.encode()) > most and not (most == 1 and _OCTAL.match(typed)):
            raise refuse("value.too_long", length=most)
        if type_.kind is TypeKind.TEXT and type_.length is not None and len(typed.rstrip(" ")) > type_.length:
            raise refuse("value.too_long", length=type_.length)
        return typed

"""Conventions of databases that Prisma's client writes to: ids it makes itself, updatedAt, tables of pairs. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final
from uuid import UUID

from nexus_studio.core.schema.catalog import Column, ForeignKey, Relation
from nexus_studio.core.schema.types import TypeKind

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_CUID: Final = re.compile(r"c[0-9a-z]{24}")
_CUID2: Final = re.compile(r"[a-z][0-9a-z]{23}")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([1-8])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_UPDATED: Final = frozenset({"updatedat", "updated_at"})
_SEVEN: Final = "7"  # the version of UUIDs that begin with their time
_PAIR: Final = frozenset({"A", "B"})

ENTROPY: Final = 32
"""Random bytes that an id is made of."""


class IdKind(Enum):
    """Ids that a client makes."""

    CUID = "cuid"
    CUID2 = "cuid2"
    UUID4 = "uuid4"
    UUID7 = "uuid7"


_LENGTHS: Final = {IdKind.CUID: 25, IdKind.CUID2: 24, IdKind.UUID4: 36, IdKind.UUID7: 36}


def kind_of_ids(values: Sequence[str]) -> IdKind | None:
    """Recognise what existing ids are; None where they are several things, something else, or none at all.

    Twenty-four small letters alone are taken for words: a cuid2 has digits in it.
    """
    if not values:
        return None
    if all(map(_CUID.fullmatch, values)):
        return IdKind.CUID
    if all(map(_CUID2.fullmatch, values)) and all(any(map(str.isdigit, value)) for value in values):
        return IdKind.CUID2
    found = [_UUID.fullmatch(value) for value in values]
    if all(found):
        versions = {match[1] for match in found if match is not None}
        return IdKind.UUID7 if versions == {_SEVEN} else IdKind.UUID4
    return None


def make_id(kind: IdKind, when: datetime, entropy: bytes) -> str:
    """Make a new id.

    Args:
        kind: Which.
        when: Now, with its zone: some kinds begin with it.
        entropy: `ENTROPY` random bytes, others for each id.
    """
    number, ms = int.from_bytes(entropy), int(when.timestamp() * 1000)
    match kind:
        case IdKind.CUID:
            return f"c{_base36(ms, 8)}{_base36(number, 16)}"
        case IdKind.CUID2:
            letters = len(_DIGITS) - 10
            return f"{_DIGITS[10 + number % letters]}{_base36(number // letters, 23)}"
        case IdKind.UUID4:
            return str(UUID(bytes=entropy[:16], version=4))
        case IdKind.UUID7:
            low = number & ((1 << 80) - 1)
            whole = (ms & ((1 << 48) - 1)) << 80 | low
            whole = whole & ~(0xF << 76) | 7 << 76
            return str(UUID(int=whole & ~(0x3 << 62) | 0x2 << 62))


def id_column(relation: Relation) -> Column | None:
    """Return the column whose ids a client has to make: a single key of text or uuid that nothing else fills."""
    if len(relation.primary_key) != 1:
        return None
    column = relation.column(relation.primary_key[0])
    is_fitting = column.type.kind in {TypeKind.TEXT, TypeKind.UUID} and not column.type.domain_of
    is_free = not column.default and not column.is_computed and column.may_insert and column.may_select
    return column if is_fitting and is_free and relation.foreign_key_on(column.name) is None else None


def fits(kind: IdKind, column: Column) -> bool:
    """Tell whether a column takes ids of a kind."""
    if column.type.kind is TypeKind.UUID:
        return kind in {IdKind.UUID4, IdKind.UUID7}
    return column.type.length is None or column.type.length >= _LENGTHS[kind]


def updated_columns(relation: Relation) -> tuple[Column, ...]:
    """Return the columns named updatedAt that hold a moment and that the database does not fill."""
    return tuple(
        column
        for column in relation.columns
        if column.name.lower() in _UPDATED
        and column.type.kind is TypeKind.TIMESTAMP
        and not column.default
        and not column.is_computed
    )


def moment_for(column: Column, when: datetime) -> str:
    """Write a moment for a column: in UTC, as Prisma does, to the millisecond; with its zone where the type has one."""
    utc = when.astimezone(UTC)
    text = f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03}"
    return f"{text}+00" if column.type.has_time_zone else text


def may_join(key: ForeignKey) -> bool:
    """Tell by its names whether a foreign key may be one of a table of pairs: that is all that is known beforehand."""
    return key.table.name.startswith("_") and key.columns in {("A",), ("B",)}


def other_side(table: Relation, key: ForeignKey) -> ForeignKey | None:
    """Return the foreign key to the other side, where a table is Prisma's of an implicit many-to-many relation.

    Such a table is named `_AToB` or `_Name` and has the columns A and B, each with a foreign key, and nothing else.
    """
    if not may_join(key) or {column.name for column in table.columns} != _PAIR:
        return None
    others = [each for each in table.foreign_keys if each.columns != key.columns]
    has_own = any(each.columns == key.columns for each in table.foreign_keys)
    return others[0] if has_own and len(others) == 1 and may_join(others[0]) else None


def _base36(number: int, width: int) -> str:
    """Write the last `width` digits of a number in base 36, filled with zeros."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))

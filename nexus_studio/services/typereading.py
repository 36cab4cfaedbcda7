"""Rows of pg_type -> `PgType`: family, labels, parts, limits. Pure; the rows come from `catalog_sql.FOR_TYPES`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping

from nexus_studio.core.data.cells import PREVIEW
from nexus_studio.core.schema.types import PgType, TypeKind

# pg_type.typname -> family. Types of extensions (citext, vector ...) are known by name, whatever their schema.
_KINDS: Final[Mapping[str, TypeKind]] = {
    **dict.fromkeys(("text", "varchar", "bpchar", "char", "name", "citext"), TypeKind.TEXT),
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "float4", "float8", "oid"), TypeKind.NUMBER),
    "bool": TypeKind.BOOLEAN,
    "date": TypeKind.DATE,
    "time": TypeKind.TIME,
    "timetz": TypeKind.TIME,
    "timestamp": TypeKind.TIMESTAMP,
    "timestamptz": TypeKind.TIMESTAMP,
    "interval": TypeKind.INTERVAL,
    "uuid": TypeKind.UUID,
    "json": TypeKind.JSON,
    "jsonb": TypeKind.JSON,
    "bytea": TypeKind.BINARY,
    **dict.fromkeys(("inet", "cidr", "macaddr", "macaddr8"), TypeKind.NETWORK),
    "tsvector": TypeKind.SEARCH,
    "tsquery": TypeKind.SEARCH,
    **dict.fromkeys(("vector", "halfvec", "sparsevec"), TypeKind.VECTOR),
}

# Families whose values are short whatever they hold, unless `_is_wide` knows better.
_SHORT: Final = frozenset(
    {
        TypeKind.NUMBER,
        TypeKind.BOOLEAN,
        TypeKind.DATE,
        TypeKind.TIME,
        TypeKind.TIMESTAMP,
        TypeKind.INTERVAL,
        TypeKind.UUID,
        TypeKind.ENUM,
        TypeKind.NETWORK,
    }
)
_SHORT_OTHERS: Final = frozenset({"money", "pg_lsn", "point", "xid", "cid", "tid", "xid8"})
_SHORT_TEXTS: Final = frozenset({"char", "name"})

_VARHDRSZ: Final = 4  # what char, varchar and numeric add to the modifier (src/include/c.h)
_NO_PRECISION: Final = 0xFFFF  # INTERVAL_FULL_PRECISION
_SCALE_SIGN: Final = 1 << 10  # numeric keeps its scale in 11 bits, two's complement (since 15)

_QUALIFIER: Final = re.compile(r'^(?:"(?:[^"]|"")+"|[^."(\[ ]+)\.')


def without_schema(spelled: str) -> str:
    """Leave the schema out of a type's spelling, for people: `public."UserRole"[]` -> `"UserRole"[]`."""
    return _QUALIFIER.sub("", spelled)


def kind_of_name(name: str) -> TypeKind:
    """Return the family of a base type by its pg_type name."""
    return _KINDS.get(name, TypeKind.OTHER)


class TypeShelf:
    """The types of one answer, by oid; makes each column's `PgType` once."""

    def __init__(self, rows: Iterable[RowMapping | Mapping[str, Any]], path: Sequence[str] = ()) -> None:
        """Take the rows, and the schemas in which the session finds operators by itself."""
        self._path = {*path, "pg_catalog"}
        self._rows = {row["oid"]: row for row in rows}
        self._made: dict[tuple[int, int, str], PgType] = {}

    def type_of(self, oid: int, modifier: int = -1, spelled: str = "") -> PgType:
        """Return the type with that oid.

        Args:
            oid: Of pg_type; must be among the rows.
            modifier: pg_attribute.atttypmod, -1 for none.
            spelled: `format_type(oid, modifier)`, for display.
        """
        found = self._made.get((oid, modifier, spelled))
        if found is None:
            found = self._made[oid, modifier, spelled] = self._make(oid, modifier, spelled)
        return found

    def _make(self, oid: int, modifier: int, spelled: str) -> PgType:
        row = self._rows[oid]
        base, base_modifier = self._base(oid, modifier)
        element_oid = base["element"] or base["subtype"]
        element = self.type_of(element_oid) if element_oid else None
        kind = _kind(base)
        length, precision, scale = _limits(
            self._rows[base["element"]]["typname"] if base["element"] else base["typname"], base_modifier
        )
        labels = tuple(base["labels"]) or (element.labels if element and kind is TypeKind.ARRAY else ())
        return PgType(
            oid=oid,
            name=row["typname"],
            sql=row["spelled"],
            display=without_schema(spelled or row["spelled"]),
            kind=kind,
            labels=labels,
            element=element,
            domain_of=without_schema(base["spelled"]) if row["typtype"] == "d" else "",
            base_sql=base["spelled"] if row["typtype"] == "d" else "",
            length=length,
            precision=precision,
            scale=scale,
            has_equality=_has_equality(base, kind, element),
            has_order=_has_order(base, kind, element),
            operators_in=self._operators_in(base, kind, element),
            is_wide=_is_wide(base["typname"], kind, length, element, multirange=base["typtype"] == "m"),
            has_time_zone=base["typname"] in {"timestamptz", "timetz"}
            or (kind in {TypeKind.ARRAY, TypeKind.RANGE} and element is not None and element.has_time_zone),
            limited_sql=spelled if modifier >= 0 else "",
            fields=self._fields(base),
            delimiter=base["delimiter"],
        )

    def _fields(self, base: RowMapping | Mapping[str, Any]) -> tuple[tuple[str, PgType], ...]:
        """Return a composite type's fields; PostgreSQL lets none contain itself."""
        pairs = zip(base["field_names"], base["field_types"], strict=True)
        return tuple((name, self.type_of(oid)) for name, oid in pairs)

    def _operators_in(self, base: RowMapping | Mapping[str, Any], kind: TypeKind, element: PgType | None) -> str:
        """Name the schema of the type's operators when it must be looked into first.

        Only base types have operators of their own, in their own schema; those of enums, ranges and arrays are
        pg_catalog's, which for arrays ask the element's operator class.
        """
        if kind is TypeKind.ARRAY:
            return "" if element is None else element.operators_in
        return base["schema"] if base["typtype"] == "b" and base["schema"] not in self._path else ""

    def _base(self, oid: int, modifier: int) -> tuple[RowMapping | Mapping[str, Any], int]:
        """Follow a domain (of a domain ...) to its base type and the modifier that limits it."""
        row = self._rows[oid]
        while row["typtype"] == "d":
            modifier = row["typtypmod"] if row["typtypmod"] >= 0 else modifier
            row = self._rows[row["typbasetype"]]
        return row, modifier


def _kind(row: RowMapping | Mapping[str, Any]) -> TypeKind:
    if row["element"]:
        return TypeKind.ARRAY
    by_type = {"e": TypeKind.ENUM, "r": TypeKind.RANGE, "m": TypeKind.RANGE, "c": TypeKind.COMPOSITE}
    return by_type.get(row["typtype"]) or kind_of_name(row["typname"])


def _has_equality(row: RowMapping | Mapping[str, Any], kind: TypeKind, element: PgType | None) -> bool:
    """Arrays compare as their elements do; a composite may hold anything, so it is compared as text."""
    if kind is TypeKind.ARRAY:
        return element is None or element.has_equality
    if kind in {TypeKind.ENUM, TypeKind.RANGE}:
        return True
    return kind is not TypeKind.COMPOSITE and bool(row["comparable"])


def _has_order(row: RowMapping | Mapping[str, Any], kind: TypeKind, element: PgType | None) -> bool:
    if kind is TypeKind.ARRAY:
        return element is None or element.has_order
    return kind in {TypeKind.ENUM, TypeKind.RANGE} or bool(row["sortable"])


def _is_wide(name: str, kind: TypeKind, length: int | None, element: PgType | None, *, multirange: bool) -> bool:
    if kind is TypeKind.TEXT:
        return name not in _SHORT_TEXTS and (length is None or length > PREVIEW)
    if kind is TypeKind.RANGE:
        return multirange or element is None or element.is_wide
    return kind not in _SHORT and name not in _SHORT_OTHERS


def _limits(name: str, modifier: int) -> tuple[int | None, int | None, int | None]:
    """Read length, precision and scale out of a type modifier (numerictypmodin and friends, src/backend/utils/adt)."""
    if modifier < 0:
        return None, None, None
    if name in {"varchar", "bpchar"}:
        return modifier - _VARHDRSZ, None, None
    if name in {"bit", "varbit", "vector", "halfvec", "sparsevec"}:
        return modifier, None, None
    if name == "numeric":
        packed = modifier - _VARHDRSZ
        return None, packed >> 16 & 0xFFFF, ((packed & 0x7FF) ^ _SCALE_SIGN) - _SCALE_SIGN
    if name in {"time", "timetz", "timestamp", "timestamptz"}:
        return None, modifier, None
    if name == "interval" and modifier & _NO_PRECISION != _NO_PRECISION:
        return None, modifier & _NO_PRECISION, None
    return None, None, None

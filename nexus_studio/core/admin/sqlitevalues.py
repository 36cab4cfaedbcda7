"""How a value of SQLite becomes the text of a PostgreSQL type: one rule a family of types. Pure.

A rule gives the text that PostgreSQL itself will print of the stored value, so that what was written can be compared
afterwards with what was meant. Nothing is rounded, cut or guessed: what does not fit is refused with a reason.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from nexus_studio.core.admin.sqlitejson import array_text, jsonb_text, read_json, written_json
from nexus_studio.core.admin.sqlitemoments import (
    MomentForm,
    MomentForms,
    clock_microseconds,
    clock_text,
    date_text,
    iso_writer,
    microseconds,
    millisecond_writer,
    timestamp_text,
)
from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.textcodec import check_text, refuse
from nexus_studio.core.data.valuecodecs import JsonCodec, UuidCodec
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.types import PgType, TypeKind

SqliteValue = int | float | str | bytes | None
"""What SQLite's storage classes are in Python."""


class Compared(Enum):
    """How a stored value is compared with what was sent."""

    TEXT = "text"  # PostgreSQL prints the very text that was sent
    PADDED = "padded"  # char(n): spaces at the end say nothing
    DOUBLE = "double"  # by the bits of a double precision
    SINGLE = "single"  # by the bits of a real
    NOT = "not"  # the server may print it otherwise; only NULLs are compared


REASONS: Final = (
    "value.null",  # the column takes no NULL
    "value.blob",  # bytes where the type holds none
    "value.text_for_bytes",  # text where bytes are wanted: nobody knows in which coding
    "value.moment_range",  # before or after all that PostgreSQL knows
    "value.inexact",  # a number that the type can't hold exactly
    "value.ragged_array",  # rows of different length in an array of arrays
)
"""Why a rule refuses a value, beside the reasons of codecs (`core.data.textcodec.REASONS`)."""

_INTEGERS: Final = {"int2": (-(2**15), 2**15 - 1), "int4": (-(2**31), 2**31 - 1), "int8": (-(2**63), 2**63 - 1)}
_BASE_NAMES: Final = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "numeric": "numeric",
    "oid": "oid",
    "character": "bpchar",
}
_WHOLE: Final = re.compile(r"\s*[+-]?\d{1,30}\s*\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*\Z", re.ASCII)
_TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0"})
_EXACT: Final = 2**53  # up to here each whole number is a double
_MOST_SCALE: Final = 16_383
_UUID_BYTES: Final = 16


class Rule:
    """How the values of one column become text. `one` and `many` never see a NULL where the column takes none."""

    compared = Compared.TEXT

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        self.type = type_
        self.nullable = nullable

    def one(self, value: SqliteValue) -> Cell:
        """Return the text of a value.

        Raises:
            InvalidValue: fact `reason`, one of `REASONS` or of `textcodec.REASONS`.
        """
        if value is None:
            if not self.nullable:
                raise refuse("value.null")
            return None
        return self._text(value)

    def many(self, values: Sequence[SqliteValue]) -> Sequence[Cell]:
        """Return the texts of many values; the quick way for what is as it should be, else one by one.

        Raises:
            InvalidValue: of the first that is refused.
        """
        kinds = set(map(type, values))
        if type(None) in kinds:
            if not self.nullable:
                raise refuse("value.null")
            kinds.discard(type(None))
            if not kinds:
                return values  # type: ignore[return-value]  # nothing but NULLs
        quick = self._quick(values, kinds)
        return quick if quick is not None else [None if value is None else self._text(value) for value in values]

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        """Convert values of these kinds (NULLs may be among them) all at once, or return None."""
        return None

    def _text(self, value: int | float | str | bytes) -> str:
        raise NotImplementedError


class TextRule(Rule):
    """Text: numbers as they are written, bytes refused."""

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self._most = type_.length if type_.kind is TypeKind.TEXT else None
        self.compared = Compared.PADDED if base_name(type_) == "bpchar" else Compared.TEXT

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            raise refuse("value.blob")
        text = check_text(value) if isinstance(value, str) else _number_text(value)
        if self._most is not None and len(text) > self._most:
            raise refuse("value.too_long", length=self._most)
        return text

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        if kinds != {str}:
            return None
        present: Sequence[str] = _present(values) if self.nullable else values  # type: ignore[assignment]
        joined = "".join(present)
        if "\0" in joined or (not joined.isascii() and _has_half_characters(joined)):
            return None
        if self._most is not None and max(map(len, present)) > self._most:
            return None
        return values  # type: ignore[return-value]


class OtherRule(TextRule):
    """Types without a rule of their own: text as it is, the server judges."""

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self.compared = Compared.NOT


class EnumRule(Rule):
    """Enums: one of the labels, exactly."""

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self._labels = frozenset(type_.labels)

    def _text(self, value: int | float | str | bytes) -> str:
        text = value if isinstance(value, str) else "" if isinstance(value, bytes) else _number_text(value)
        if text not in self._labels:
            raise refuse("value.not_in_list")
        return text

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        return values if kinds == {str} and set(values) - {None} <= self._labels else None  # type: ignore[return-value]


class BooleanRule(Rule):
    """Booleans: 0 and 1 in any storage class, and the words that PostgreSQL takes."""

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, str):
            word = value.strip().lower()
            is_true, is_false = word in _TRUE, word in _FALSE
        else:
            is_true, is_false = value == 1, value == 0
        if not (is_true or is_false):
            raise refuse("value.not_boolean")
        return "true" if is_true else "false"

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        if kinds != {int} or not set(values) <= {0, 1, None}:
            return None
        words = {0: "false", 1: "true", None: None}
        return [words[value] for value in values]  # type: ignore[index]


class IntegerRule(Rule):
    """Whole numbers within the type's bounds; REAL ones only when they are whole and exact."""

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self._low, self._high = _INTEGERS.get(base_name(type_), (0, 2**32 - 1))  # the other one is oid

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            raise refuse("value.blob")
        if isinstance(value, str):
            if not _WHOLE.match(value):
                raise refuse("value.not_integer")
            number = int(value)
        elif isinstance(value, float):
            if not value.is_integer():
                raise refuse("value.not_integer")
            if abs(value) > _EXACT:
                raise refuse("value.inexact")
            number = int(value)
        else:
            number = value
        if not self._low <= number <= self._high:
            raise refuse("value.out_of_range", low=self._low, high=self._high)
        return str(number)

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        if kinds != {int}:
            return None
        present: Sequence[int] = _present(values) if self.nullable else values  # type: ignore[assignment]
        if min(present) < self._low or max(present) > self._high:
            return None
        return _spread(values, list(map(str, present)))


class NumericRule(Rule):
    """numeric, exactly: a REAL number is what it is written as, and fits only if that has no more digits than fit."""

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self._scale = type_.scale
        self._whole = None if type_.precision is None or type_.scale is None else type_.precision - type_.scale
        # a scale below zero rounds to tens, one above the precision leaves no room: each is checked digit by digit
        plain = type_.scale is not None and self._whole is not None and type_.scale >= 0 and self._whole >= 0
        self._limit = 10.0 ** min(self._whole or 0, 15 - (type_.scale or 0)) if plain else 0.0
        self._form = f"%.{type_.scale}f\n" if plain else ""

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            raise refuse("value.blob")
        text = value.strip() if isinstance(value, str) else _number_text(value)
        if not _DECIMAL.match(text):
            raise refuse("value.not_number")
        number = Decimal(text)
        scale, whole = self._scale, self._whole
        if scale is None or whole is None:
            shown = f"{number:f}"
            if len(shown.partition(".")[2]) > _MOST_SCALE:
                raise refuse("value.not_number")
            return shown.removeprefix("-") if not number else shown
        digits = number.as_tuple()
        exponent = int(digits.exponent)
        significant = "".join(map(str, digits.digits)).lstrip("0")
        trimmed = significant.rstrip("0")
        exponent += len(significant) - len(trimmed)
        if trimmed and (exponent < -scale or len(trimmed) + exponent > whole):
            raise refuse("value.too_precise", precision=whole + scale, scale=scale)
        return f"{number if trimmed else Decimal(0):.{max(scale, 0)}f}"

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        """Write all numbers at once; where a double holds more digits, what reads back as the same is all there is."""
        if not self._form or not kinds <= {int, float}:
            return None
        numbers: Sequence[float] = _present(values) if self.nullable else values  # type: ignore[assignment]
        least = min(numbers)
        if not -self._limit < least <= max(numbers) < self._limit:
            return None
        texts = (self._form * len(numbers) % tuple(numbers)).split("\n")
        del texts[-1]
        if list(map(float, texts)) != list(numbers):
            return None
        if least <= 0:  # no -0.00
            minus_zero = (self._form % -0.0)[:-1]
            texts = [minus_zero[1:] if text == minus_zero else text for text in texts]
        return _spread(values, texts)


class FloatRule(Rule):
    """Floating point: bit by bit; whole numbers beyond 2^53 only if the type holds them exactly."""

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self._is_single = base_name(type_) == "float4"
        self.compared = Compared.SINGLE if self._is_single else Compared.DOUBLE

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            raise refuse("value.blob")
        if isinstance(value, str):
            if not _DECIMAL.match(value) and value.strip().lower() not in {"nan", "infinity", "-infinity"}:
                raise refuse("value.not_number")
            number = float(value)
            if math.isinf(number) and "inf" not in value.lower():
                raise refuse("value.inexact")
        else:
            number = float(value)
            if isinstance(value, int) and int(number) != value:
                raise refuse("value.inexact")
        if self._is_single:
            number = _single(number)
        if math.isnan(number):
            return "NaN"
        return ("Infinity" if number > 0 else "-Infinity") if math.isinf(number) else repr(number)

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        if self._is_single or kinds != {float}:
            return None
        texts = [None if value is None else repr(value) for value in values]
        return None if "inf" in texts or "-inf" in texts else texts


class MomentRule(Rule):
    """date, time and timestamps, from any of SQLite's forms."""

    def __init__(self, type_: PgType, forms: MomentForms, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self.forms = forms
        self._digits = 6 if type_.precision is None else type_.precision
        self._writers: dict[type, Callable[[Any], list[str]]] = {}
        if type_.kind is TypeKind.TIMESTAMP and self._digits >= 3 and forms.integers is MomentForm.MILLISECONDS:  # noqa: PLR2004
            self._writers[int] = millisecond_writer(zone=type_.has_time_zone)
        if type_.kind is TypeKind.TIMESTAMP and self._digits == 6:  # noqa: PLR2004 - all that ISO text may have
            self._writers[str] = iso_writer(zone=type_.has_time_zone)

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            raise refuse("value.blob")
        kind = self.type.kind
        if kind is TypeKind.TIME:
            return clock_text(clock_microseconds(value, self.forms), self._digits)
        micro = microseconds(value, self.forms)
        if kind is TypeKind.DATE:
            return date_text(micro)
        return timestamp_text(micro, zone=self.type.has_time_zone, digits=self._digits)

    def _quick(self, values: Sequence[SqliteValue], kinds: set[type]) -> Sequence[Cell] | None:
        write = self._writers.get(next(iter(kinds))) if len(kinds) == 1 else None
        if write is None:
            return None
        try:
            return _spread(values, write(_present(values) if self.nullable else values))
        except KeyError:  # a year of more than four digits, or BC; another form of text
            return None


class UuidRule(Rule):
    """uuid: 16 bytes, or any spelling of the digits."""

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            if len(value) != _UUID_BYTES:
                raise refuse("value.not_uuid")
            return UuidCodec().check(value.hex(), self.type)
        return UuidCodec().check(str(value), self.type)


class BytesRule(Rule):
    """bytea: bytes as they are. Text is refused: nobody knows what coding it stands for."""

    def _text(self, value: int | float | str | bytes) -> str:
        if not isinstance(value, bytes):
            raise refuse("value.text_for_bytes")
        return "\\x" + value.hex()


class JsonRule(Rule):
    """json as it was written, jsonb as PostgreSQL orders and prints it."""

    def __init__(self, type_: PgType, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self._is_binary = base_name(type_) == "jsonb"

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            raise refuse("value.blob")
        text = value if isinstance(value, str) else _number_text(value)
        return jsonb_text(text) if self._is_binary else JsonCodec().check(text, self.type)


class ArrayRule(Rule):
    """Arrays from JSON arrays; each element by the rule of its own type."""

    def __init__(self, type_: PgType, element: Rule, *, nullable: bool = True) -> None:
        super().__init__(type_, nullable=nullable)
        self._element = element
        self.compared = Compared.TEXT if element.compared is Compared.TEXT else Compared.NOT

    def _text(self, value: int | float | str | bytes) -> str:
        if isinstance(value, bytes):
            raise refuse("value.blob")
        try:
            found = read_json(value) if isinstance(value, str) else None
        except InvalidValue:
            found = None
        if not isinstance(found, list):
            raise refuse("value.not_array")
        return array_text(found, self._element_text)

    def _element_text(self, value: object) -> Cell:
        if value is None or (isinstance(value, str) and self._element.type.kind is not TypeKind.JSON):
            return self._element.one(value)
        return self._element.one(written_json(value))


_RULES: Final[Mapping[TypeKind, type[Rule]]] = {
    TypeKind.TEXT: TextRule,
    TypeKind.BOOLEAN: BooleanRule,
    TypeKind.ENUM: EnumRule,
    TypeKind.UUID: UuidRule,
    TypeKind.JSON: JsonRule,
    TypeKind.BINARY: BytesRule,
}
_MOMENTS: Final = frozenset({TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP})


def is_moment(type_: PgType) -> bool:
    """Tell whether a column's numbers may be read in more than one way."""
    return type_.kind in _MOMENTS and base_name(type_) not in {"timetz", "time with time zone"}


def rule_for(type_: PgType, forms: MomentForms | None = None, *, nullable: bool = True) -> Rule:
    """Return the rule of a type. `forms` tell how the column's numbers are read where they are moments."""
    if is_moment(type_):
        return MomentRule(type_, forms or MomentForms(), nullable=nullable)
    if type_.kind is TypeKind.NUMBER:
        name = base_name(type_)
        kind = NumericRule if name == "numeric" else FloatRule if name in {"float4", "float8"} else IntegerRule
        return kind(type_, nullable=nullable)
    if type_.kind is TypeKind.ARRAY and type_.element is not None:
        limited = replace(type_.element, length=type_.length, precision=type_.precision, scale=type_.scale)
        element = rule_for(limited, MomentForms(MomentForm.MILLISECONDS) if forms is None else forms)
        return ArrayRule(type_, element, nullable=nullable)
    return _RULES.get(type_.kind, OtherRule)(type_, nullable=nullable)


def base_name(type_: PgType) -> str:
    """Return pg_type.typname of a type, or of what a domain is based on where that is one of those with bounds."""
    if not type_.domain_of:
        return type_.name
    return _BASE_NAMES.get(type_.domain_of, type_.domain_of)


def compared_text(cell: Cell, compared: Compared) -> Cell:
    """Return a text as `Compared` looks at it: the bits of a floating point number, padding left out."""
    if cell is None or compared is Compared.TEXT:
        return cell
    if compared is Compared.PADDED:
        return cell.rstrip(" ")
    if compared in {Compared.DOUBLE, Compared.SINGLE}:
        return struct.pack(">d" if compared is Compared.DOUBLE else ">f", float(cell)).hex()
    return "" if compared is Compared.NOT else cell


def _number_text(value: float) -> str:
    """Write a number as digits; -0.0 is what it is."""
    return str(value) if isinstance(value, int) else repr(value)


def _single(number: float) -> float:
    """Return the nearest number that a real holds.

    Raises:
        InvalidValue: "value.out_of_range" of its kind: "value.inexact" for what only a double holds.
    """
    try:
        found: float = struct.unpack(">f", struct.pack(">f", number))[0]
    except OverflowError:
        raise refuse("value.inexact") from None
    if number and not found:
        raise refuse("value.inexact")
    return found


def _present(values: Sequence[SqliteValue]) -> Sequence[Any]:
    """Leave the NULLs out."""
    return [value for value in values if value is not None] if None in values else values


def _spread(values: Sequence[SqliteValue], texts: Sequence[str]) -> Sequence[Cell]:
    """Put the texts of what is present back between the NULLs."""
    if len(texts) == len(values):
        return texts
    following = iter(texts)
    return [None if value is None else next(following) for value in values]


def _has_half_characters(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False

"""The codecs of PostgreSQL's own types. They catch what is plainly wrong; what is in doubt is left to the server."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date
from decimal import Decimal
from typing import Final

from nexus_studio.core.data.textcodec import Align, TextCodec, check_text, one_line, refuse
from nexus_studio.core.schema.types import PgType

# Ranges of the integer types (manual, table 8.2), by pg_type name and by the spelling a domain's base has.
_INTEGERS: Final = {
    **dict.fromkeys(("int2", "smallint"), (-(2**15), 2**15 - 1)),
    **dict.fromkeys(("int4", "integer"), (-(2**31), 2**31 - 1)),
    **dict.fromkeys(("int8", "bigint"), (-(2**63), 2**63 - 1)),
    "oid": (0, 2**32 - 1),
}
_INTEGER: Final = re.compile(r"[+-]?\d+\Z", re.ASCII)
# Since PostgreSQL 16: 0x1F, 0o17, 0b1, and underscores between digits.
_FANCY_INTEGER: Final = re.compile(r"[+-]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*)\Z", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)([eE][+-]?\d+)?\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,6})?\Z", re.ASCII)
_SPECIAL_NUMBERS: Final = frozenset({"nan", "infinity", "+infinity", "-infinity", "inf", "+inf", "-inf"})
LONGEST_NUMBER: Final = 150_000  # digits a numeric can have: more is for the server to refuse

_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")
_SPECIAL_TIMES: Final = frozenset(
    {"infinity", "-infinity", "+infinity", "now", "today", "tomorrow", "yesterday", "epoch"}
)
_ISO_DATE: Final = re.compile(r"(\d{4,})-(\d{1,2})-(\d{1,2})(?:\s+(BC|AD))?\Z", re.ASCII | re.IGNORECASE)
_ISO_TIMESTAMP: Final = re.compile(r"(\d{4,}-\d{1,2}-\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d*)?)?", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d*)?)?", re.ASCII)
_CLOCK_ANYWHERE: Final = re.compile(r"(?<![\d+-])\d{1,2}:\d{2}(?::\d{2}(?:\.\d*)?)?", re.ASCII)
_FRACTION: Final = re.compile(r":\d{2}\.(\d+)", re.ASCII)
_MICROSECONDS: Final = 6
_HEX: Final = re.compile(r"\\x(?:[0-9a-fA-F]{2}|\s)*\Z", re.ASCII)

# The first bytes of formats worth naming (hex) -> what people call them.
_MAGIC: Final = (
    ("89504e470d0a1a0a", "PNG image"),
    ("ffd8ff", "JPEG image"),
    ("47494638", "GIF image"),
    ("52494646", "RIFF data"),
    ("25504446", "PDF document"),
    ("504b0304", "ZIP archive"),
    ("1f8b", "gzip data"),
    ("28b52ffd", "zstd data"),
)


class NumberCodec(TextCodec):
    """Integers, numeric and floats: digits stay as they are, never through a float."""

    align = Align.RIGHT

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse what is no number, or does not fit."""
        text = check_text(typed).strip()
        bounds = _INTEGERS.get(type_.name) or _INTEGERS.get(type_.domain_of)
        if bounds is not None:
            return _check_integer(text, *bounds)
        if text.lower() in _SPECIAL_NUMBERS:
            return text
        if not _NUMBER.match(text) and not _FANCY_INTEGER.match(text):
            raise refuse("value.not_number")
        _check_precision(text, type_)
        return text


def _check_integer(text: str, low: int, high: int) -> str:
    if not _FANCY_INTEGER.match(text):
        raise refuse("value.not_integer")
    if not _INTEGER.match(text):
        return text
    digits = text.lstrip("+-").lstrip("0")
    if len(digits) > len(str(high)) or not low <= int(text) <= high:
        raise refuse("value.out_of_range", low=low, high=high)
    return text


def _check_precision(text: str, type_: PgType) -> None:
    """Refuse more digits than numeric(p, s) holds: PostgreSQL would round those behind the point without a word."""
    plain = text.replace("_", "")
    if type_.precision is None or type_.scale is None or len(plain) > LONGEST_NUMBER or not _DECIMAL.match(plain):
        return
    number = Decimal(plain).as_tuple()
    digits = "".join(map(str, number.digits)).lstrip("0")
    exponent = int(number.exponent) + len(digits) - len(digits.rstrip("0"))
    digits = digits.rstrip("0")
    if digits and (exponent < -type_.scale or len(digits) + exponent > type_.precision - type_.scale):
        raise refuse("value.too_precise", precision=type_.precision, scale=type_.scale)


class BooleanCodec(TextCodec):
    """Booleans as words; any spelling PostgreSQL takes (manual, section 8.6) may be typed."""

    align = Align.CENTER

    def display(self, cell: str, type_: PgType, size: int | None = None) -> str:
        """Show true or false, whichever way it was read."""
        return {"t": "true", "f": "false"}.get(cell, cell)

    def check(self, typed: str, type_: PgType) -> str:
        """Return `true` or `false` for any unambiguous spelling."""
        text = typed.strip().lower()
        starts = [word for word in (*_TRUE, *_FALSE) if text and word.startswith(text)]
        if len(starts) != 1:
            raise refuse("value.not_boolean")
        return "true" if starts[0] in _TRUE else "false"


class UuidCodec(TextCodec):
    """UUIDs; braces and odd hyphens may be typed."""

    def check(self, typed: str, type_: PgType) -> str:
        """Return the usual form."""
        digits = re.sub(r"[-{}\s]", "", typed)
        if not re.fullmatch(r"[0-9a-fA-F]{32}", digits):
            raise refuse("value.not_uuid")
        return str(uuid.UUID(digits))


class EnumCodec(TextCodec):
    """Enums: one of the labels, exactly."""

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse what is no label; labels may have gone out of date, but then the catalog is read again anyway."""
        if type_.labels and typed not in type_.labels:
            raise refuse("value.not_in_list")
        return check_text(typed)


class JsonCodec(TextCodec):
    """json and jsonb: shown on one line; numbers and the order of keys stay as they were written."""

    def display(self, cell: str, type_: PgType, size: int | None = None) -> str:
        """Show the text without line ends between its tokens (within strings JSON has none)."""
        return one_line(re.sub(r"\s*\n\s*", " ", cell.strip()))

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse what is no JSON: NaN and Infinity too, which Python alone would take."""
        check_text(typed)
        try:
            json.loads(typed, parse_constant=_no_constant, parse_int=str, parse_float=str)
        except (ValueError, RecursionError):
            raise refuse("value.not_json") from None
        return typed


def _no_constant(name: str) -> None:
    raise ValueError(name)


class BytesCodec(TextCodec):
    """bytea: what it seems to be, and how large."""

    def display(self, cell: str, type_: PgType, size: int | None = None) -> str:
        """Show short values as hex, longer ones as kind and size: `PNG image · 12.4 kB`."""
        digits = cell.removeprefix("\\x")
        octets = size or len(digits) // 2
        kind = next((name for magic, name in _MAGIC if digits.startswith(magic)), "")
        if not kind and size is None and octets <= 16:  # noqa: PLR2004 - fits a cell and says more than a size
            return one_line(cell)
        return f"{kind or 'bytes'} · {short_size(octets)}" if octets else one_line(cell)

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse broken hex; the escape format is the server's to judge."""
        check_text(typed)
        if typed.startswith("\\x") and not _HEX.match(typed):
            raise refuse("value.not_hex")
        return typed


def short_size(octets: int) -> str:
    """Write a size in at most four characters and a unit: 999 B, 12.4 kB, 50 MB (powers of 1000)."""
    size = float(octets)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":  # noqa: PLR2004
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f}".removesuffix(".0") + f" {unit}"  # noqa: PLR2004


class DateCodec(TextCodec):
    """Dates: infinity, BC and every form PostgreSQL reads may be typed; ISO dates that don't exist are refused."""

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse text without a digit and impossible ISO dates."""
        text = check_text(typed).strip()
        if text.lower() in _SPECIAL_TIMES:
            return text
        iso = _ISO_DATE.match(text)
        if not any(character.isdigit() for character in text) or (iso and not _exists(iso)):
            raise refuse("value.not_date")
        clock = _CLOCK_ANYWHERE.search(text)
        if clock is not None and clock.group().strip("0:."):
            raise refuse("value.time_lost")
        return text


def check_fraction(text: str, type_: PgType) -> None:
    """Refuse digits of a second that the type does not keep; without a precision it keeps microseconds."""
    kept = _MICROSECONDS if type_.precision is None else type_.precision
    fraction = _FRACTION.search(text)
    if fraction is not None and len(fraction.group(1).rstrip("0")) > kept:
        raise refuse("value.too_fine", digits=kept)


def _exists(iso: re.Match[str]) -> bool:
    """Tell whether a year-month-day exists; leap years repeat every 400 years, BC years are shifted by one."""
    year, month, day = int(iso.group(1)[-12:]), int(iso.group(2)), int(iso.group(3))
    if year == 0:
        return False
    if (iso.group(4) or "").upper() == "BC":
        year = 1 - year
    try:
        date(year % 400 + 2000, month, day)
    except ValueError:
        return False
    return True


class TimestampCodec(TextCodec):
    """Timestamps: as dates, with a time of day."""

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse text without a digit, impossible ISO dates and times past 24:00."""
        text = check_text(typed).strip()
        if text.lower() in _SPECIAL_TIMES:
            return text
        iso = _ISO_TIMESTAMP.match(text)
        if iso is not None:
            era = " BC" if text.upper().endswith("BC") else ""
            day = _ISO_DATE.match(iso.group(1) + era)
            if (day is not None and not _exists(day)) or not _ticks(iso.group(2), iso.group(3), iso.group(4)):
                raise refuse("value.not_timestamp")
        elif not any(character.isdigit() for character in text):
            raise refuse("value.not_timestamp")
        check_fraction(text, type_)
        return text


class TimeCodec(TextCodec):
    """Times of day."""

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse text without a digit and times past 24:00."""
        text = check_text(typed).strip()
        clock = _CLOCK.match(text)
        digits = any(character.isdigit() for character in text)
        if (clock and not _ticks(*clock.groups())) or not (digits or text.lower() in {"now", "allballs"}):
            raise refuse("value.not_time")
        check_fraction(text, type_)
        return text


def _ticks(hours: str, minutes: str, seconds: str | None) -> bool:
    """Tell whether a clock can show it: up to 24:00:00, second 60 included, as PostgreSQL does."""
    passed = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return int(minutes) < 60 and int(seconds or 0) <= 60 and passed <= 24 * 3600  # noqa: PLR2004


class RangeCodec(TextCodec):
    """Ranges and multiranges."""

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse what has no bounds."""
        text = check_text(typed).strip()
        if text.lower() != "empty" and not (text[:1] in {"[", "(", "{"} and text[-1:] in {"]", ")", "}"}):
            raise refuse("value.not_range")
        return text


class AddressCodec(TextCodec):
    """inet, cidr and MAC addresses."""

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse characters no address has."""
        text = check_text(typed).strip()
        if not re.fullmatch(r"[0-9a-fA-F.:/-]+", text):
            raise refuse("value.not_address")
        return text

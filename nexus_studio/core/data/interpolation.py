"""Values between two others, as texts that their type's input takes: what lies inside a bin of a histogram. Pure.

Only nearness depends on them: a place need not be one where a row stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from nexus_studio.core.schema.types import PgType, TypeKind

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_DEPTH: Final = 12
"""Characters behind the common beginning that a text is taken for a number by."""

_INTEGERS: Final = frozenset({"int2", "int4", "int8", "oid"})


def between(type_: PgType, low: str, high: str, parts: int) -> tuple[str, ...]:
    """Return up to `parts - 1` values that cut low..high into equal parts, ascending; none where the type has no way.

    Numbers, dates, timestamps, uuids, and texts of lower-case letters and digits behind a common beginning (such as
    cuid, or hexadecimal keys); their order is the same in all collations.
    """
    if parts < 2 or low == high:  # noqa: PLR2004 - one part is the whole
        return ()
    cut = _CUTS.get(type_.kind)
    if cut is None:
        return ()
    try:
        found = cut(type_, low, high, parts)
    except (ValueError, OverflowError, InvalidOperation):
        return ()  # infinity, NaN, years before Christ: there is no way between
    return tuple(value for value in dict.fromkeys(found) if value not in {low, high})


def _numbers(type_: PgType, low: str, high: str, parts: int) -> list[str]:
    if type_.name in _INTEGERS:
        first, last = int(low), int(high)
        return [str(first + (last - first) * part // parts) for part in range(1, parts)]
    start, end = Decimal(low), Decimal(high)
    if not (start.is_finite() and end.is_finite()):
        return []
    return [str(start + (end - start) * part / parts) for part in range(1, parts)]


def _dates(_: PgType, low: str, high: str, parts: int) -> list[str]:
    start, end = date.fromisoformat(low), date.fromisoformat(high)
    return [(start + (end - start) * part // parts).isoformat() for part in range(1, parts)]


def _moments(_: PgType, low: str, high: str, parts: int) -> list[str]:
    start, end = datetime.fromisoformat(low), datetime.fromisoformat(high)
    return [(start + (end - start) * part / parts).isoformat(" ") for part in range(1, parts)]


def _uuids(_: PgType, low: str, high: str, parts: int) -> list[str]:
    start, end = uuid.UUID(low).int, uuid.UUID(high).int
    return [str(uuid.UUID(int=start + (end - start) * part // parts)) for part in range(1, parts)]


def _texts(_: PgType, low: str, high: str, parts: int) -> list[str]:
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    tails = low[same : same + _DEPTH], high[same : same + _DEPTH]
    if any(character not in _DIGITS for tail in tails for character in tail):
        return []
    digits = _digits_of(low[same:] + high[same:])
    start, end = (_number(tail, digits) for tail in tails)
    if start >= end:
        return []
    return [low[:same] + _spelled(start + (end - start) * part // parts, digits) for part in range(1, parts)]


def _digits_of(text: str) -> str:
    """Return the smallest of the usual alphabets that has all characters: keys are decimal, hexadecimal or base 36."""
    used = max(map(_DIGITS.find, text), default=0)
    return next(_DIGITS[:size] for size in (10, 16, 36) if used < size)


def _number(tail: str, digits: str) -> int:
    number = 0
    for character in tail.ljust(_DEPTH, "0"):
        number = number * len(digits) + digits.index(character)
    return number


def _spelled(number: int, digits: str) -> str:
    found = ""
    for _ in range(_DEPTH):
        number, digit = divmod(number, len(digits))
        found = digits[digit] + found
    return found


_CUTS: Final[Mapping[TypeKind, Callable[[PgType, str, str, int], list[str]]]] = {
    TypeKind.NUMBER: _numbers,
    TypeKind.DATE: _dates,
    TypeKind.TIMESTAMP: _moments,
    TypeKind.UUID: _uuids,
    TypeKind.TEXT: _texts,
}

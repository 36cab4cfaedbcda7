"""How Prisma orders the folders of migrations: as JavaScript's localeCompare does in the locale en-US. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

_PUNCTUATION = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""ASCII signs that are neither digits nor letters, in the order of the Unicode collation (CLDR's root)."""

_ACCENTS = "\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0338\u0327\u0328\u0304\u0335"
"""Accents in the order of the same collation: acute, grave, breve, circumflex, caron, ring, dots, ...; strokes."""

_SPELT = {
    "ß": "s\u0361s",
    "æ": "a\u0361e",
    "œ": "o\u0361e",
    "ĳ": "ij",
    "ø": "o\u0338",
    "đ": "d\u0335",
    "ð": "d\u0335",
    "ħ": "h\u0335",
    "ł": "l\u0335",
}
"""Letters that count as others with an accent, the last of all where they are two."""

_SIGN, _DIGIT, _LETTER, _OTHER = range(4)
_SIGNS = {sign: (_SIGN, place) for place, sign in enumerate(_PUNCTUATION)}
_NO_NAME = re.compile(r"[^a-z0-9]+")
_MOMENT = re.compile(r"(\d{14})_?")

SortKey = tuple[tuple[tuple[int, int], ...], tuple[tuple[int, ...], ...], tuple[int, ...]]


def sort_key(name: str) -> SortKey:
    """Return what orders a folder's name: by letters without case, then by accents, then small before capital letters.

    Outside of ASCII the order depends on the locale of whoever runs Prisma. Western letters go as in English here,
    other letters by their code points.
    """
    primary: list[tuple[int, int]] = []
    accents: list[tuple[int, ...]] = []
    capitals: list[int] = []
    for sign in unicodedata.normalize("NFD", name):
        small = sign.lower() if len(sign.lower()) == 1 else sign
        spelt = _SPELT.get(small, small)
        for each in spelt:
            if unicodedata.combining(each) and accents:
                accents[-1] = (*accents[-1], _accent(each))
                continue
            primary.append(_weight(each))
            accents.append(())
            capitals.append(2 * (sign != small) + (spelt != small))
    return tuple(primary), tuple(accents), tuple(capitals)


def _accent(mark: str) -> int:
    place = _ACCENTS.find(mark)
    return place if place >= 0 else ord(mark)


def _weight(sign: str) -> tuple[int, int]:
    if (weight := _SIGNS.get(sign)) is not None:
        return weight
    kind = _OTHER if not sign.isascii() else _DIGIT if sign.isdigit() else _LETTER
    return kind, ord(sign)


def moment_of(name: str) -> datetime | None:
    """Return when a migration was made, by the time in UTC that its name begins with; None where there is none."""
    found = _MOMENT.match(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def slug_of(words: str) -> str:
    """Return words as Prisma writes them into a folder's name: small letters, digits and underscores."""
    return _NO_NAME.sub("_", words.lower()).strip("_")


def title_of(name: str) -> str:
    """Return a name without its time, for people: "20240101000000_add_users" is "add users"."""
    if moment_of(name) is None:
        return name
    return name[14:].lstrip("_").replace("_", " ").strip() or name

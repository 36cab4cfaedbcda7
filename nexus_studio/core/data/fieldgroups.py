"""How the fields of a wide row are grouped by their names: address_city and address_street belong together. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

LEAST: Final = 12
"""Fields from which groups help; fewer are seen at a glance."""

_LEAST_MEMBERS: Final = 3
_MOST_SHARE: Final = 0.6  # a word that most names begin with tells nothing
_FIRST_WORD: Final = re.compile(r"^([^\W\d_]{2,}?)(?:_|(?<=[a-z])(?=[A-Z])|(?=\d))")


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Names that stand together. `word` is what they begin with; empty for the key and for the others."""

    names: tuple[str, ...]
    word: str = ""
    is_key: bool = False


def first_word(name: str) -> str:
    """Return the first word of a name of several, in lower case; empty for a name of one."""
    found = _FIRST_WORD.match(name)
    return found.group(1).lower() if found else ""


def grouped(names: Sequence[str], key: Collection[str]) -> tuple[FieldGroup, ...]:
    """Group names: the key first, then as they come; names without a group stand together where the first one does."""
    if len(names) < LEAST:
        return (FieldGroup(tuple(names)),) if names else ()
    others = [name for name in names if name not in key]
    counts = Counter(map(first_word, others))
    most = _MOST_SHARE * len(others)
    words = {word for word, count in counts.items() if word and _LEAST_MEMBERS <= count <= most}
    found: dict[str, list[str]] = {}
    for name in others:
        word = first_word(name)
        found.setdefault(word if word in words else "", []).append(name)
    groups = tuple(FieldGroup(tuple(members), word) for word, members in found.items())
    keys = tuple(name for name in names if name in key)
    return (FieldGroup(keys, is_key=True), *groups) if keys else groups

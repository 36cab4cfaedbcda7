"""Which values only the server can judge, and what it said of one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.errors import ServerReport
from nexus_studio.core.schema.types import PgType, TypeKind

MOST_JUDGED: Final = 1_000_000
"""Characters of a value that is sent to be judged before it is saved; what is longer is judged by the save."""

_SURE: Final = frozenset({TypeKind.TEXT, TypeKind.BOOLEAN, TypeKind.ENUM, TypeKind.UUID, TypeKind.BINARY})
"""Kinds whose codecs know all there is to know."""

_SURE_NUMBERS: Final = frozenset({"int2", "int4", "int8", "oid"})
_CUT: Final = frozenset({"varchar", "bpchar", "bit", "varbit"})
"""Types whose explicit cast cuts off what the assignment to a column refuses (manual, sections 8.3 and 8.10)."""

_PLAIN_INTEGER: Final = re.compile(r"[+-]?\d+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the server makes of a text: the `canonical` text it would hold, or the `refusal` in its own words.

    `canonical` is None where the type's input makes NULL of it. `was_judged` is False where nobody could be asked.
    """

    canonical: Cell = None
    refusal: ServerReport | None = None
    was_judged: bool = True

    @property
    def is_refused(self) -> bool:
        """Whether the server does not take the text."""
        return self.refusal is not None


def needs_server(type_: PgType, text: str) -> bool:
    """Tell whether a text that its codec let pass may still be refused by the type itself."""
    if len(text) > MOST_JUDGED:
        return False
    if type_.domain_of or type_.length is not None:
        return True
    if type_.name in _SURE_NUMBERS:
        return not _PLAIN_INTEGER.match(text)
    if type_.kind is TypeKind.BINARY:
        return not text.startswith("\\x")
    return type_.kind not in _SURE


def is_cut_by_cast(type_: PgType) -> bool:
    """Tell whether a cast to the type with its limits would cut a text instead of refusing it."""
    element = type_.element if type_.kind is TypeKind.ARRAY and type_.element is not None else type_
    return type_.length is not None and not type_.domain_of and element.name in _CUT

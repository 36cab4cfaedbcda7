"""ValueCodec: how a value's text is shown in one line and what typed text is plainly wrong. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Protocol

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
            InvalidValue: fact `reason` is a code such as "value.not_integer"; the column is not known here.
        """
        ...


class TextCodec:
    """Plain text: the codec of every type without one of its own."""

    align = Align.LEFT

    def display(self, cell: str, type_: PgType, size: int | None = None) -> str:
        """Show line ends and tabs as signs."""
        return cell.replace("\n", "⏎")

    def check(self, typed: str, type_: PgType) -> str:
        """Accept any text PostgreSQL can hold."""
        return typed


class CodecRegistry:
    """Finds the codec of a type."""

    def __init__(self) -> None:
        self._by_name: dict[str, ValueCodec] = {}
        self._by_kind: dict[TypeKind, ValueCodec] = {}
        self._plain: ValueCodec = TextCodec()

    def register(self, codec: ValueCodec, *, names: Iterable[str] = (), kinds: Iterable[TypeKind] = ()) -> None:
        """Use a codec for types of these pg_type names and of these kinds; the last one registered wins."""
        self._by_name.update(dict.fromkeys(names, codec))
        self._by_kind.update(dict.fromkeys(kinds, codec))

    def for_type(self, type_: PgType) -> ValueCodec:
        """Find the codec: by name, else by the domain's base type, else by kind, else plain text. Never fails."""
        for name in (type_.name, type_.domain_of):
            if name in self._by_name:
                return self._by_name[name]
        return self._by_kind.get(type_.kind, self._plain)


def built_in_codecs() -> CodecRegistry:
    """Make a registry that knows PostgreSQL's own types."""
    return CodecRegistry()

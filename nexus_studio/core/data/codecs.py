"""CodecRegistry: which codec shows and checks the values of a type; and the one that knows PostgreSQL's own types."""

from __future__ import annotations

from collections.abc import Iterable

from nexus_studio.core.data.arraycodec import ArrayCodec
from nexus_studio.core.data.textcodec import REASONS, Align, TextCodec, ValueCodec
from nexus_studio.core.data.valuecodecs import (
    AddressCodec,
    BooleanCodec,
    BytesCodec,
    DateCodec,
    EnumCodec,
    JsonCodec,
    NumberCodec,
    RangeCodec,
    TimeCodec,
    TimestampCodec,
    UuidCodec,
)
from nexus_studio.core.schema.types import PgType, TypeKind

__all__ = ["REASONS", "Align", "CodecRegistry", "TextCodec", "ValueCodec", "built_in_codecs"]


class CodecRegistry:
    """Finds the codec of a type."""

    def __init__(self) -> None:
        self._by_name: dict[str, ValueCodec] = {}
        self._by_kind: dict[TypeKind, ValueCodec] = {}
        self._plain: ValueCodec = TextCodec()

    def register(self, codec: ValueCodec, *, names: Iterable[str] = (), kinds: Iterable[TypeKind] = ()) -> None:
        """Use a codec for types of these names and of these kinds; the last one registered wins.

        Names are pg_type's (`int4`), or for domains those of `PgType.domain_of` (`integer`).
        """
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
    registry = CodecRegistry()
    kinds = {
        TypeKind.NUMBER: NumberCodec(),
        TypeKind.BOOLEAN: BooleanCodec(),
        TypeKind.UUID: UuidCodec(),
        TypeKind.ENUM: EnumCodec(),
        TypeKind.JSON: JsonCodec(),
        TypeKind.BINARY: BytesCodec(),
        TypeKind.DATE: DateCodec(),
        TypeKind.TIMESTAMP: TimestampCodec(),
        TypeKind.TIME: TimeCodec(),
        TypeKind.ARRAY: ArrayCodec(),
        TypeKind.RANGE: RangeCodec(),
        TypeKind.NETWORK: AddressCodec(),
    }
    for kind, codec in kinds.items():
        registry.register(codec, kinds=(kind,))
    return registry

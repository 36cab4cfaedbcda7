"""The codec of arrays: it looks into them only for what PostgreSQL would cut or round without a word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from nexus_studio.core.data.textcodec import TextCodec, check_text, refuse
from nexus_studio.core.data.valuecodecs import LONGEST_NUMBER, DateCodec, NumberCodec, TimeCodec, TimestampCodec
from nexus_studio.core.errors import InvalidValue
from nexus_studio.core.schema.types import PgType, TypeKind

_ELEMENT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^{},"]+)', re.DOTALL)
_LOSSES: Final = frozenset({"value.too_precise", "value.too_fine", "value.time_lost", "value.too_long"})
_LOSSY: Final[Mapping[TypeKind, TextCodec]] = {
    TypeKind.NUMBER: NumberCodec(),
    TypeKind.DATE: DateCodec(),
    TypeKind.TIMESTAMP: TimestampCodec(),
    TypeKind.TIME: TimeCodec(),
    TypeKind.TEXT: TextCodec(),
}


class ArrayCodec(TextCodec):
    """Arrays: `{1,2}` on one line."""

    def check(self, typed: str, type_: PgType) -> str:
        """Refuse what does not begin like an array, and elements that would lose digits or be cut without a word.

        The rest of what is in it is the server's to judge.
        """
        text = check_text(typed).strip()
        # int2vector, oidvector and geometric arrays print without braces or have bounds in front: [0:1]={...}
        if type_.name.startswith("_") and not (text.startswith(("{", "[")) and text.endswith("}")):
            raise refuse("value.not_array")
        if type_.element is not None and len(text) < LONGEST_NUMBER:
            _check_elements(text, type_, type_.element)
        return text


def _check_elements(text: str, type_: PgType, element: PgType) -> None:
    """Have elements keep all of themselves. The array's precision is that of its column; a domain has its own."""
    if type_.precision is not None:
        element = replace(element, precision=type_.precision, scale=type_.scale)
    codec = _LOSSY.get(element.kind)
    if codec is None:
        return
    for quoted, bare in _ELEMENT.findall(text.partition("=")[2] if text.startswith("[") else text):
        value = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted else bare.strip()
        if value and value.upper() != "NULL":
            try:
                codec.check(value, replace(element, length=None))
            except InvalidValue as error:
                if error.facts.get("reason") in _LOSSES:
                    raise

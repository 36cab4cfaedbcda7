"""PostgreSQL's arrays as JSON: read as the server prints them, left alone where they are something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio.core.data.jsonarrays import json_array
from nexus_studio.core.data.rowformats import Sheet, SheetColumn, to_json
from nexus_studio.core.schema.types import PgType, TypeKind

Sql = Callable[..., list[tuple[Any, ...]]]

ODD = ["", "NULL", "null", 'a "b"', "a\\b", "{x}", "a,b", " padded ", "é\n\t", None, "plain words"]


def array_of(kind: TypeKind) -> SheetColumn:
    element = PgType(0, "x", "x", "x", kind)
    return SheetColumn("list", PgType(0, "_x", "x[]", "x[]", TypeKind.ARRAY, element=element))


def written(kind: TypeKind, cell: str) -> str:
    text = to_json(Sheet((array_of(kind),), [[cell]]))
    return text.split('"list": ', 1)[1].rsplit("}", 1)[0]


def test_texts_come_back_as_the_server_prints_them(sql: Sql) -> None:
    printed = sql("SELECT CAST(CAST(%s AS text[]) AS text)", ODD)[0][0]
    assert json.loads(written(TypeKind.TEXT, printed)) == ODD


def test_numbers_are_kept_digit_for_digit() -> None:
    assert written(TypeKind.NUMBER, "{1,-2.50,NULL,NaN,12345678901234567890.10}") == (
        '[1, -2.50, null, "NaN", 12345678901234567890.10]'
    )
    assert written(TypeKind.NUMBER, "{{1,2},{3,4}}") == "[[1, 2], [3, 4]]"
    assert written(TypeKind.BOOLEAN, "{t,f,NULL}") == "[true, false, null]"
    assert written(TypeKind.NUMBER, "{}") == "[]"


@pytest.mark.parametrize("cell", ["[0:1]={1,2}", "1 2 3", "{1,2", "{1,}", "{1}}", "{1}{2}", "{1 {2}}", ""])
def test_what_is_no_plain_array_stays_text(cell: str) -> None:
    assert json_array(cell, str) is None
    assert json.loads(written(TypeKind.NUMBER, cell)) == cell


def test_other_elements_stay_text() -> None:
    assert json.loads(written(TypeKind.RANGE, '{"[1,2)"}')) == '{"[1,2)"}'

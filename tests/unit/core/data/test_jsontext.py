"""JSON as it is written: edits of one place leave every other character alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.jsontext import (
    JsonKind,
    NotJson,
    added,
    is_json,
    is_number,
    laid_out,
    node_at,
    parse_json,
    removed,
    renamed,
    replaced,
)

ODD = '{"b" : 1.10, "a":  [1e400, -0, 12345678901234567890.10], "b": "\\u00e9",\n "c": {} }'
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def at(text: str, *path: int) -> Any:
    node = node_at(parse_json(text), path)
    assert node is not None
    return node


def test_keys_that_stand_twice_are_two() -> None:
    top = parse_json(ODD)
    assert [ODD[slice(*child.key)] for child in top.children if child.key] == ['"b"', '"a"', '"b"', '"c"']
    assert [child.kind for child in top.children] == [JsonKind.NUMBER, JsonKind.LIST, JsonKind.TEXT, JsonKind.OBJECT]
    assert at(ODD, 1, 2).path() == (1, 2)
    assert node_at(top, (7,)) is None


def test_an_edit_changes_one_place() -> None:
    assert replaced(ODD, at(ODD, 0), "1.100") == ODD.replace("1.10,", "1.100,")
    assert replaced(ODD, at(ODD, 1, 0), "2") == ODD.replace("1e400", "2")
    assert renamed(ODD, at(ODD, 2), 'n"e') == ODD.replace('"b": "', '"n\\"e": "')
    assert renamed(ODD, at(ODD), "x") == ODD


def test_taking_out_leaves_the_rest() -> None:
    assert removed(ODD, at(ODD, 0)) == ODD.replace('"b" : 1.10, ', "")
    assert removed(ODD, at(ODD, 3)) == ODD.replace(',\n "c": {}', "")
    assert removed("[1]", at("[1]", 0)) == "[]"
    assert removed("[1, 2,3]", at("[1, 2,3]", 1)) == "[1, 3]"
    assert removed("1", at("1")) == "1"


def test_adding_follows_what_stands_there() -> None:
    assert added("[]", at("[]"), "1") == "[1]"
    assert added('{"a":1}', at('{"a":1}'), "2", "b") == '{"a":1, "b": 2}'
    assert added("[1,2]", at("[1,2]"), "3") == "[1,2,3]"
    text = '{\n  "a": 1,\n  "b": 2\n}'
    assert added(text, at(text), "null", "c") == '{\n  "a": 1,\n  "b": 2,\n  "c": null\n}'
    text = '{\n  "a": 1\n}'
    assert added(text, at(text), "null", "c") == '{\n  "a": 1,\n  "c": null\n}'


def test_laying_out_touches_spaces_only() -> None:
    found = laid_out(ODD)
    assert found is not None
    assert found.count('"b"') == 2
    assert "".join(found.split()) == "".join(ODD.split())
    assert laid_out("[[],{}]") == "[\n  [],\n  {}\n]"
    assert laid_out("{") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [("", 0), ("{", 1), ('{"a" 1}', 5), ("[1,]", 3), ("[01]", 1), ("NaN", 0), ("1 2", 2), ("[1}", 2), ('{"a":1,}', 7),
     ('"\n"', 0), ("]", 0), (",", 0), ("[:]", 1), ("{1:2}", 1), ("[tru]", 1), ("-", 0)],
)  # fmt: skip
def test_where_it_stops_being_json(text: str, place: int) -> None:
    with pytest.raises(NotJson) as caught:
        parse_json(text)
    assert caught.value.at == place
    assert not is_json(text)


def test_depth_does_not_matter() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    assert parse_json(deep).end == 100_000
    assert is_json(deep)
    assert not is_json(deep[:-1])


def test_numbers() -> None:
    assert all(map(is_number, ("0", "-1.50", "1e400")))
    assert not any(map(is_number, ("", "01", "1.", "NaN", " 1", '"1"', "1 ")))


@given(VALUES, st.booleans())
def test_every_json_is_read(value: object, lays_out: bool) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2 if lays_out else None)
    assert parse_json(text).end == len(text)
    assert is_json(text)
    assert json.loads(laid_out(text) or "x") == value

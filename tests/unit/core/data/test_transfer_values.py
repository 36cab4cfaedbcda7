"""Files of rows as values: kinds by name, styles, cells of lines, guesses, JSON, and what goes where."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data import transfercells
from nexus_studio.core.data.transfer import (
    ExportSpec,
    FileFormat,
    Packing,
    TextStyle,
    check_style,
    checked,
    file_name,
    kind_of,
)
from nexus_studio.core.data.transfercells import Record, Splitter
from nexus_studio.core.data.transferdetect import encoding_of, folded, is_header, style_of
from nexus_studio.core.data.transferjson import cell_of, object_of
from nexus_studio.core.data.transferplan import ImportMode, Source, Wishes, keys_of, plan_import
from nexus_studio.core.errors import TransferRefused, UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Editing, Generated, Index, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

TEXT = PgType(25, "text", "text", "text", TypeKind.TEXT)
JSON = PgType(114, "json", "json", "json", TypeKind.JSON)
INTS = PgType(1007, "_int4", "integer[]", "integer[]", TypeKind.ARRAY)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", (FileFormat.CSV, Packing.NONE)),
        ("a.b.CSV.GZ", (FileFormat.CSV, Packing.GZIP)),
        ("a.ndjson.zst", (FileFormat.JSON_LINES, Packing.ZSTD)),
        ("a.gz", (None, Packing.GZIP)),
        ("a", (None, Packing.NONE)),
        ("a.doc", (None, Packing.NONE)),
    ],
)
def test_kinds_by_name(name: str, kind: object) -> None:
    assert kind_of(name) == kind


def test_usual_names() -> None:
    assert file_name("t", ExportSpec(FileFormat.JSON_LINES, Packing.ZSTD)) == "t.jsonl.zst"
    assert file_name("t", ExportSpec()) == "t.csv"


def test_specs_are_checked() -> None:
    assert checked(ExportSpec(FileFormat.TSV)).style.delimiter == "\t"
    assert checked(ExportSpec(FileFormat.TSV, style=TextStyle("|"))).style.delimiter == "|"
    assert checked(ExportSpec(FileFormat.JSON, style=TextStyle(""))).style.delimiter == ""
    check_style(TextStyle(bom=True))


def split(text: str, *, is_single: bool = False, **style: Any) -> list[Record]:
    return list(Splitter(TextStyle(**style)).records(io.StringIO(text, newline=""), is_single=is_single))


def cells(text: str, **style: Any) -> list[tuple[str | None, ...]]:
    return [each.cells for each in split(text, **style)]


def test_cells_of_lines() -> None:
    assert cells('a,"b ""c"", d",\r\n"",x"y"z\n') == [("a", 'b "c", d', None), ("", "xyz")]
    assert split('1,"two\nlines\n"\n\n3,4') == [Record(1, ("1", "two\nlines\n")), Record(5, ("3", "4"))]
    assert cells("a;'b;''c'\n", delimiter=";", quote="'") == [("a", "b;'c")]
    assert cells('NULL,"NULL",\n', null="NULL") == [(None, "NULL", "")]
    assert cells("x\n\n\ny\n", is_single=True) == [("x",), (None,), (None,), ("y",)]
    assert cells("") == []


def test_lines_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert split('a\n"open,\nb\n') == [Record(1, ("a",)), Record(2, (), "transfer.open_quote")]
    assert [each.problem for each in split('a\0,b\n"c\0"\n')] == ["transfer.nul", "transfer.nul"]
    monkeypatch.setattr(transfercells, "MOST_CHARACTERS", 10)
    found = split('"open\n1234567890\nx,y\n')
    assert found == [Record(1, (), "transfer.open_quote"), Record(3, ("x", "y"))]


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ['"', ",", "\n", "\r\n", "a\rb", '""', "\\.", "x"]
)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=3), max_size=5), st.booleans())
def test_what_is_written_as_csv_is_read(rows: list[list[str]], quotes_all: bool) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL).writerows(rows)
    assert [[cell or "" for cell in found] for found in cells(out.getvalue())] == rows


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"", ("utf-8", 0)),
        ("é".encode(), ("utf-8", 0)),
        ("é".encode()[:1], ("utf-8", 0)),  # cut in the middle of a sign
        (b"\xef\xbb\xbfa", ("utf-8", 3)),
        ("a".encode("utf-16"), ("utf-16-le", 2)),
        ("é;".encode("cp1252"), ("windows-1252", 0)),
    ],
)
def test_encodings(octets: bytes, found: object) -> None:
    assert encoding_of(octets) == found


@pytest.mark.parametrize(
    ("sample", "delimiter", "quote", "has_header"),
    [
        ("id,name\n1,x\n", ",", '"', True),
        ("1;x,y\n2;z\n", ";", '"', False),
        ("a\tb\n1\t2,5\n", "\t", '"', True),
        ("a|b\n'x|y'|1\n", "|", "'", True),
        ("it's;a\nit's;b\n", ";", '"', True),
        ("name\nx\n", ",", '"', True),
        ('"open', ",", '"', False),
        ("", ",", '"', False),
    ],
)
def test_guesses(sample: str, delimiter: str, quote: str, has_header: bool) -> None:
    found = style_of(sample)
    assert (found.delimiter, found.quote, found.has_header) == (delimiter, quote, has_header)


def test_headers() -> None:
    assert is_header([("ID", "1")], ["id", "x"])
    assert is_header([("Prénom", "Nom")], ["prenom"])
    assert not is_header([("a", None)])
    assert not is_header([("a", "a")])
    assert not is_header([("1,5", "x")])
    assert not is_header([])
    assert folded("Créé_Le (UTC)") == "creeleutc"


def test_lines_of_json() -> None:
    assert object_of('{"a": 1.50}') == {"a": "1.50"}
    assert object_of('[{"a": [1, {"b": NaN}]},') == {"a": ["1", {"b": "NaN"}]}
    assert object_of(',{"a": 1}]') == {"a": "1"}
    assert object_of("]") is None
    assert object_of(" \n") is None
    for text in ("[1]", "{", '"x"'):
        with pytest.raises(ValueError):
            object_of(text)


def test_cells_of_json() -> None:
    line = object_of(
        '{"n": 1.50, "t": "x", "b": true, "o": {"k": [1.0, "s", null, false]}, "z": null, "l": [[1, null]]}'
    )
    assert line is not None
    assert cell_of(line["n"], TEXT) == "1.50"
    assert (cell_of(line["t"], TEXT), cell_of(line["b"], None), cell_of(line["z"], TEXT)) == ("x", "true", None)
    assert cell_of(False, TEXT) == "false"
    assert cell_of(line["o"], JSON) == '{"k": [1.0, "s", null, false]}'
    assert cell_of(line["o"], TEXT) == '{"k": [1.0, "s", null, false]}'
    assert (cell_of("x", JSON), cell_of(None, JSON)) == ('"x"', None)
    assert cell_of(line["l"], INTS) == '{{"1",NULL}}'
    assert cell_of(['a"\\', {"b": 1}], INTS) == '{"a\\"\\\\","{\\"b\\": 1}"}'
    assert cell_of(line["l"], TEXT) == "[[1, null]]"
    twice = object_of('{"j": {"b": 1, "a": {"x": 1, "x": [2]}, "b": 3}}')  # json keeps what stands twice
    assert twice is not None
    assert cell_of(twice["j"], JSON) == '{"b": 1, "a": {"x": 1, "x": [2]}, "b": 3}'


def column(name: str, **more: Any) -> Column:
    return Column(name, TEXT, 1, **more)


RELATION = Relation(
    RelationName("public", "t"),
    RelationKind.TABLE,
    (
        column("id", nullable=False, generated=Generated.IDENTITY_ALWAYS),
        column("createdAt"),
        column("prénom", nullable=False),
        column("sum", generated=Generated.STORED),
    ),
    key=("id",),
    primary_key=("id",),
    indexes=(
        Index("t_pkey", ("id",), unique=True, primary=True),
        Index("t_name", ("prénom", "createdAt"), unique=True),
        Index("part", ("sum",), unique=True, partial=True),
        Index("expr", ("",), unique=True),
        Index("plain", ("sum",)),
    ),
)


def plan(*names: str, has_header: bool = True, relation: Relation = RELATION, **wishes: Any) -> Any:
    source = Source(FileFormat.CSV, Packing.NONE, TextStyle(has_header=has_header), names)
    return plan_import(relation, source, Wishes(**wishes), ("g",))


def goes(*names: str, **more: Any) -> dict[str, str]:
    return {each.name: each.target.name for each in plan(*names, **more).columns}


def test_columns_go_by_name() -> None:
    assert goes("PRENOM", "created at", "ID", "other", "sum") == {
        "PRENOM": "prénom", "created at": "createdAt", "ID": "id",
    }  # fmt: skip
    found = plan("PRENOM", "other", "sum", "Id", maps={"Id": ""})
    assert (found.unmatched, found.left_out, found.computed) == (("other",), ("Id",), ("sum",))
    assert (found.kept, found.lacking, found.triggers) == (("id", "createdAt"), (), ("g",))
    assert plan("id").lacking == ("prénom",)
    assert goes("Prenom", "prénom") == {"prénom": "prénom"}, "the exact name wins"
    assert goes("PRENOM", "Prenom", "id") == {"id": "id"}, "two that look alike go nowhere by themselves"
    assert goes("x", "prenom", maps={"x": "prénom"}) == {"x": "prénom"}
    assert goes("1", "2", "3", "4", has_header=False) == {"1": "id", "2": "createdAt", "3": "prénom"}
    assert goes("1", "2", has_header=False, maps={"1": "prénom", "2": ""}) == {"1": "prénom"}
    assert found.mapped("prénom").place == 0


def test_keys() -> None:
    assert keys_of(RELATION) == (("id",), ("prénom", "createdAt"))
    assert plan("id").key == ()
    assert plan("id", "prénom", "createdAt", mode=ImportMode.UPSERT).key == ("id",)
    assert plan("prénom", "createdAt", mode=ImportMode.UPDATE).key == ("prénom", "createdAt")
    assert plan("id", mode=ImportMode.UPDATE).lacking == ()
    found = plan("id", "prénom", "createdAt", mode=ImportMode.UPDATE, key=("createdAt", "prénom"))
    assert found.key == ("prénom", "createdAt")


@pytest.mark.parametrize(
    ("names", "wishes", "code"),
    [
        (("x",), {}, "transfer.no_match"),
        (("sum",), {}, "transfer.no_match"),
        (("id",), {"maps": {"y": "id"}}, "transfer.map_unknown"),
        (("id", "x"), {"maps": {"x": "id", "id": "id"}}, "transfer.map_twice"),
        (("prénom",), {"mode": ImportMode.UPDATE}, "transfer.no_key"),
        (("id",), {"mode": ImportMode.UPDATE, "key": ("sum",)}, "transfer.key_not_unique"),
        (("prénom",), {"mode": ImportMode.UPSERT, "key": ("id",)}, "transfer.key_missing"),
    ],
)
def test_what_fits_nothing(names: tuple[str, ...], wishes: dict[str, Any], code: str) -> None:
    with pytest.raises(TransferRefused) as caught:
        plan(*names, **wishes)
    assert caught.value.code == code


def test_columns_that_are_none() -> None:
    with pytest.raises(UnknownRelation):
        plan("x", maps={"x": "nope"})


@pytest.mark.parametrize(
    ("changes", "mode", "reason"),
    [
        ({"editing": Editing.READ_ONLY_VIEW}, ImportMode.INSERT, "view"),
        ({"may_insert": False}, ImportMode.INSERT, "privilege"),
        ({"may_update": False}, ImportMode.UPSERT, "privilege"),
        ({"may_update": False}, ImportMode.UPDATE, "privilege"),
    ],
)
def test_where_nothing_may_be_written(changes: dict[str, Any], mode: ImportMode, reason: str) -> None:
    from dataclasses import replace  # noqa: PLC0415

    with pytest.raises(TransferRefused) as caught:
        plan("id", relation=replace(RELATION, **changes), mode=mode)
    assert (caught.value.code, caught.value.facts["reason"]) == ("transfer.read_only", reason)
    nothing = replace(RELATION, primary_key=(), indexes=())
    with pytest.raises(TransferRefused) as caught:
        plan("id", relation=nothing, mode=ImportMode.UPDATE)
    assert caught.value.facts["columns"] == ()

"""Rows as text: what each form says exactly, and that it is read back by whoever reads such text."""

from __future__ import annotations

import csv
import io
import json

from nexus_studio.core.data.cells import DEFAULT
from nexus_studio.core.data.rowformats import (
    MISSING,
    Sheet,
    SheetCell,
    SheetColumn,
    masked,
    to_csv,
    to_json,
    to_markdown,
    to_tsv,
)
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.services.inserttext import to_sql

TABLE = RelationName("odd schema", 'a"b')


def column(name: str, kind: TypeKind, **more: bool) -> SheetColumn:
    return SheetColumn(name, PgType(0, "x", "x", "x", kind), **more)


ID, NAME = column("id", TypeKind.NUMBER), column("na|me", TypeKind.TEXT)
DOC, OK = column("doc", TypeKind.JSON), column("ok", TypeKind.BOOLEAN)


def sheet(*rows: list[SheetCell], columns: tuple[SheetColumn, ...] = (ID, NAME, DOC, OK)) -> Sheet:
    return Sheet(columns, rows)


def test_json_keeps_numbers_and_documents_as_written() -> None:
    text = to_json(
        sheet(
            ["123456789012345678901234567890.10", 'a "b"\n', ' {"n": 1.10, "big": 1e999}', "t"],
            ["NaN", "", None, "f"],
            ["1e-05", None, "not json", None],
            [DEFAULT, "é", "[]", MISSING],
        )
    )
    assert '"id": 123456789012345678901234567890.10' in text
    assert '{"n": 1.10, "big": 1e999}' in text
    read = json.loads(text, parse_float=str)
    assert read[1] == {"id": "NaN", "na|me": "", "doc": None, "ok": False}
    assert read[2] == {"id": "1e-05", "na|me": None, "doc": "not json", "ok": None}
    assert read[3] == {"na|me": "é", "doc": []}
    assert to_json(sheet()) == "[]"


def test_json_takes_numbers_python_refuses() -> None:
    long = "9" * 5000
    assert f'"id": {long}' in to_json(sheet([long, "", f"[{long}]", None]))


def test_csv_tells_null_from_empty_text() -> None:
    rows: list[list[SheetCell]] = [["1", None, "", "t"], [None, 'a,"b"\r\nc', "x;y", MISSING]]
    text = to_csv(sheet(*rows))
    assert text.split("\r\n")[:2] == ["id,na|me,doc,ok", '1,,"",t']
    assert list(csv.reader(io.StringIO(text, newline="")))[2] == ["", 'a,"b"\r\nc', "x;y", ""]
    assert to_csv(sheet([None], [""], ["x"], columns=(NAME,))) == 'na|me\r\n\r\n""\r\nx\r\n'


def test_tabs_are_quoted_only_where_they_must_be() -> None:
    assert to_tsv(sheet(["1", "a\tb", None, DEFAULT])) == '1\t"a\tb"\t\t'
    assert to_tsv(sheet(["a\tb"], columns=(NAME,))) == "a\tb"
    assert to_tsv(sheet(["1"], columns=(NAME,)), with_headers=True) == "na|me\n1"


def test_markdown_escapes() -> None:
    lines = to_markdown(sheet(["1", "a|b\r\nc\\", None, "*NULL*"])).split("\n")
    assert lines == [
        "| id | na\\|me | doc | ok |",
        "| ---: | --- | --- | --- |",
        "| 1 | a\\|b<br>c\\\\ | *NULL* | \\*NULL\\* |",
    ]


def test_insert_quotes_names_and_values() -> None:
    computed = column("made", TypeKind.NUMBER, is_computed=True)
    secret = column("secret", TypeKind.NUMBER, is_masked=True)
    rows: list[list[SheetCell]] = [
        ["-1.50", "it's\\", masked("5"), "9"],
        ["NaN", None, None, "9"],
        [DEFAULT, "", MISSING, "9"],
    ]
    assert to_sql(sheet(*rows, columns=(ID, NAME, secret, computed)), TABLE) == (
        'INSERT INTO "odd schema"."a""b" ("id", "na|me", "secret") VALUES\n'
        "  (-1.50, E'it''s\\\\', '••••••'),\n"
        "  ('NaN', NULL, NULL);\n"
        'INSERT INTO "odd schema"."a""b" ("id", "na|me") VALUES\n'
        "  (DEFAULT, '');"
    )
    assert to_sql(sheet(["1"], columns=(computed,)), TABLE) == 'INSERT INTO "odd schema"."a""b" DEFAULT VALUES;'


def test_a_lone_carriage_return_does_not_end_a_line_of_tsv() -> None:
    text = to_tsv(sheet(["x\ry", "z"], ["1", "2"], columns=(ID, NAME)))
    assert list(csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")) == [["x\ry", "z"], ["1", "2"]]


def test_a_negative_zero_keeps_its_sign_in_sql() -> None:
    statement = to_sql(sheet(["-0"], ["-0.0"], ["0"], ["-1"], columns=(ID,)), TABLE)
    assert [line.strip(" ,;") for line in statement.splitlines()[1:]] == ["('-0')", "('-0.0')", "(0)", "(-1)"]

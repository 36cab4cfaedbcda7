"""Keep the table of docs/types.md: every type of the round-trip tests, with its editor and who judges what is typed.

`python -m scripts.typetable` writes it; with `--check` it fails where it is not up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from nexus_studio.core.data.judging import needs_server
from nexus_studio.core.schema.types import PgType, TypeKind
from nexus_studio.services.typereading import kind_of_name
from nexus_studio.ui.grid.editors import array, binary, choice, json_editor, line, long_text, moment, parts_editors
from nexus_studio.ui.grid.editors.registry import built_in_editors
from tests.support.typematrix import MATRIX, Case

DOCUMENT: Final = Path(__file__).resolve().parents[1] / "docs" / "types.md"

_WORDS: Final[Mapping[object, str]] = {
    line.LineEditor: "line, several lines when long (Shift+Enter)",
    line.NumberEditor: "number, digits exactly as typed",
    line.PlainEditor: "PostgreSQL's text form",
    line.IntervalEditor: "text form with examples",
    line.UuidEditor: "text form, *Generate*",
    line.BitEditor: "bits, counted",
    line.MoneyEditor: "amount in the server's writing",
    line.AddressEditor: "address, told what it is",
    line.TreePathEditor: "labels, counted",
    long_text.XmlEditor: "several lines",
    long_text.VectorEditor: "several lines, dimensions counted",
    long_text.ReadEditor: "shown only, with the reason",
    json_editor.JsonEditor: "text and tree",
    choice.BooleanEditor: "true, false, NULL, DEFAULT",
    choice.ChoiceEditor: "list of the labels",
    moment.TimeEditor: "time of day, *Now*",
    moment.CalendarEditor: "text form and calendar (F4)",
    array.ArrayEditor: "text form and list (F4)",
    binary.BinaryEditor: "load, save, look at",
    parts_editors.CompositeEditor: "text form and fields (F4)",
    parts_editors.HstoreEditor: "text form and pairs (F4)",
    parts_editors.RangeEditor: "text form and bounds (F4)",
}

_NAMES: Final[Mapping[str, str]] = {
    "char": "bpchar",
    '"char"': "char",
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
}
"""How pg_type names what CREATE TABLE spells otherwise."""

_MADE: Final[Mapping[str, tuple[str, TypeKind, str]]] = {
    "mood": ("an enum", TypeKind.ENUM, ""),
    "mood[]": ("an array of an enum", TypeKind.ARRAY, ""),
    '"Weird %s""type"': ("an enum with an odd name", TypeKind.ENUM, ""),
    "pair": ("a composite type", TypeKind.COMPOSITE, ""),
    "nested_pair": ("a composite of a composite and an array", TypeKind.COMPOSITE, ""),
    "pair[]": ("an array of a composite type", TypeKind.ARRAY, ""),
    "textrange": ("a range of text", TypeKind.RANGE, ""),
    "short": ("a domain over varchar(3) with a check", TypeKind.TEXT, "character varying"),
    "price": ("a domain over numeric(6,2) with a check", TypeKind.NUMBER, "numeric"),
    "moods": ("a domain over an array of an enum", TypeKind.ARRAY, "mood[]"),
}
"""What the tests make themselves: what to call it, its family and, of a domain, what it is over."""

_LONGEST: Final = 44


def main() -> int:
    """Run the command line; 0 when all is well."""
    before = DOCUMENT.read_text(encoding="utf-8")
    after = with_table(before)
    if "--check" in sys.argv[1:]:
        return int(before != after)
    DOCUMENT.write_text(after, encoding="utf-8")
    return 0


def with_table(document: str) -> str:
    """Return the document with its table as it has to be, between its comments."""
    made = f"<!-- types -->\n{table()}\n<!-- end -->"
    return re.sub(r"<!-- types -->\n.*?<!-- end -->", lambda _found: made, document, flags=re.DOTALL)


def table() -> str:
    """Write the matrix, family by family."""
    families = dict.fromkeys(case.family for case in MATRIX)
    lines = ["| type | kept to the byte, for example | editor | judged |", "|---|---|---|---|"]
    for family in families:
        lines.append(f"| **{family}** | | | |")
        for name, cases in _by_type(case for case in MATRIX if case.family == family).items():
            lines.append(_line(name, cases))
    return "\n".join(lines)


def type_of(case: Case) -> PgType:
    """Return a case's type as far as its editor depends on it; a test compares with what a server says."""
    called = _MADE.get(case.type)
    if called is not None:
        return PgType(0, case.type, case.type, case.type, called[1], domain_of=called[2])
    base = re.sub(r"\(.*\)", "", case.type)
    if base.endswith("[]"):
        return PgType(0, f"_{base[:-2]}", base, base, TypeKind.ARRAY)
    length = 1 if "(" in case.type and base in {"varchar", "char", "bit", "varbit", "vector", "halfvec"} else None
    name = _NAMES.get(base, base)
    kind = TypeKind.RANGE if base.endswith("range") else kind_of_name(name)
    return PgType(0, name, base, base, kind, length=length)


def _line(name: str, cases: list[Case]) -> str:
    case, type_ = cases[0], type_of(cases[0])
    values = [value for each in cases for value in each.values]
    shown = ", ".join(_code(value) for value in values if value and len(value) <= _LONGEST and value.isprintable())
    notes = [f"extension {case.extension}"] if case.extension else []
    notes += [f"from PostgreSQL {case.since}"] if case.since and len(cases) == 1 else []
    title = f"{name} ({', '.join(notes)})" if notes else name
    editor = built_in_editors().factory_of(type_)
    is_asked = any(needs_server(type_, value) for value in values)
    judge = "by the server as the cell is left" if is_asked else "as it is typed"
    if editor is long_text.ReadEditor:
        judge = "–"
    return f"| {title} | {shown} | {_WORDS[editor]} | {judge} |"


def _by_type(cases: Iterable[Case]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        called = _MADE.get(case.type)
        found.setdefault(called[0] if called is not None else f"`{case.type}`", []).append(case)
    return found


def _code(value: str) -> str:
    """Write a value as code within a table, whatever is in it."""
    fence = "``" if "`" in value else "`"
    return f"{fence}{value}{fence}".replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())

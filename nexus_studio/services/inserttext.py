"""Rows as INSERT statements for elsewhere. Names and values are quoted by psycopg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from psycopg import sql

from nexus_studio.core.data.cells import Default
from nexus_studio.core.data.rowformats import MISSING, WRITERS, Format, Sheet, SheetCell, is_json_number
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.types import TypeKind

ROWS_PER_STATEMENT: Final = 100
"""Rows of one statement: few enough for a person to find their place, many enough to be quick."""

_LONGEST_NUMBER: Final = 400


def to_sql(sheet: Sheet, relation: RelationName) -> str:
    """Write INSERT statements. Computed columns are left out: PostgreSQL refuses values for them.

    A row without any other column is `DEFAULT VALUES`. Missing cells (holes in a selection) are not named.
    """
    statements = []
    for places, rows in _groups(sheet):
        if not places:
            statements += [_no_values(relation)] * len(rows)
            continue
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            statements.append(_statement(sheet, relation, places, rows[start : start + ROWS_PER_STATEMENT]))
    return "\n".join(statements)


def written(form: Format, sheet: Sheet, relation: RelationName) -> str:
    """Write rows in any form."""
    return to_sql(sheet, relation) if form is Format.SQL else WRITERS[form](sheet)


def _groups(sheet: Sheet) -> Iterator[tuple[list[int], list[Sequence[SheetCell]]]]:
    """Return neighbouring rows that give values to the same columns: places of the columns, and the rows."""
    given = [place for place, column in enumerate(sheet.columns) if not column.is_computed]
    places: list[int] = []
    rows: list[Sequence[SheetCell]] = []
    for row in sheet.rows:
        here = [place for place in given if row[place] is not MISSING]
        if rows and here != places:
            yield places, rows
            rows = []
        places = here
        rows.append(row)
    if rows:
        yield places, rows


def _statement(sheet: Sheet, relation: RelationName, places: Sequence[int], rows: Sequence[Sequence[SheetCell]]) -> str:
    names = sql.SQL(", ").join(sql.Identifier(sheet.columns[place].name) for place in places)
    head = sql.SQL("INSERT INTO {} ({}) VALUES").format(_named(relation), names).as_string(None)
    kinds = [TypeKind.TEXT if sheet.columns[place].is_masked else sheet.columns[place].type.kind for place in places]
    lines = [
        ", ".join(_value(row[place], kind).as_string(None).strip() for place, kind in zip(places, kinds, strict=True))
        for row in rows
    ]
    return head + "\n  (" + "),\n  (".join(lines) + ");"


def _no_values(relation: RelationName) -> str:
    return sql.SQL("INSERT INTO {} DEFAULT VALUES;").format(_named(relation)).as_string(None)


def _named(relation: RelationName) -> sql.Identifier:
    return sql.Identifier(relation.schema, relation.name)


def _value(cell: SheetCell, kind: TypeKind) -> sql.Composable:
    """Return a cell as a literal. Text is left untyped, so that the column's own type reads it."""
    if isinstance(cell, Default):
        return sql.SQL("DEFAULT")
    if kind is TypeKind.NUMBER and isinstance(cell, str) and len(cell) < _LONGEST_NUMBER and is_json_number(cell):
        number = Decimal(cell)
        # Without quotes -0 is minus the integer 0, which is 0; a float's own input keeps the sign.
        return sql.Literal(number if number or not number.is_signed() else cell)
    if kind is TypeKind.BOOLEAN and cell in {"t", "true", "f", "false"}:
        return sql.Literal(cell in {"t", "true"})
    return sql.Literal(cell)

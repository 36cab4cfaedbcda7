"""Statements whose refusals quote no rows: in a connection that masks, hidden values do not come that way either.

PostgreSQL's refusals quote the row ("Failing row contains …", "Key (email)=(…) is still referenced"), and nothing keeps
it from sending that. So the statements run inside of a DO block there, which catches a refusal on the server and raises
it again without its detail and context. Nothing stays behind on the connection.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from nexus_studio.core.data.cells import Cell
from nexus_studio.services.dberrors import STATEMENT_AT

OPTION: Final = "nexus_quiet"
"""The execution option of connections that hide values."""

_MAY: Final = text(
    "SELECT pg_catalog.has_language_privilege(oid, 'USAGE') FROM pg_catalog.pg_language WHERE lanname = 'plpgsql'"
)
_GIVEN: Final = "nexus.statements"
_RESULT: Final = "nexus.written"

# The statements have values in them: they come as a bound parameter, since the text of a DO stands in the server's log
# and in its statistics. What waits or is stopped quotes no rows, and says in its detail who is in the way.
_BODY: Final = sql.SQL("""
DECLARE
    statements CONSTANT text[] := pg_catalog.current_setting({given})::text[];
    found json[] := '{{}}';
    cells json[];
    one record;
    done bigint;
    at int := 0;
    state text; words text; details text; hint_ text;
    schema_ text; table_ text; column_ text; constraint_ text; type_ text;
BEGIN
    PERFORM pg_catalog.set_config({given}, '', true);
    FOR place IN 1 .. pg_catalog.cardinality(statements) LOOP
        at := place - 1;
        IF {returns} THEN
            cells := '{{}}';
            FOR one IN EXECUTE statements[place] LOOP
                cells := cells OPERATOR(pg_catalog.||) pg_catalog.row_to_json(one);
            END LOOP;
            done := pg_catalog.cardinality(cells);
        ELSE
            EXECUTE statements[place];
            GET DIAGNOSTICS done = ROW_COUNT;
        END IF;
        found := found OPERATOR(pg_catalog.||) pg_catalog.json_build_array(done, cells);
    END LOOP;
    PERFORM pg_catalog.set_config({result}, pg_catalog.array_to_json(found)::text, true);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, words = MESSAGE_TEXT, details = PG_EXCEPTION_DETAIL,
        hint_ = PG_EXCEPTION_HINT, schema_ = SCHEMA_NAME, table_ = TABLE_NAME, column_ = COLUMN_NAME,
        constraint_ = CONSTRAINT_NAME, type_ = PG_DATATYPE_NAME;
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = words, HINT = hint_, SCHEMA = schema_, TABLE = table_,
        COLUMN = column_, CONSTRAINT = constraint_, DATATYPE = type_, DETAIL = {at} || at ||
        CASE WHEN state IN ('40P01', '55P03') THEN pg_catalog.concat(E'\\n', details) ELSE '' END;
END
""")


@dataclass(frozen=True, slots=True)
class Done:
    """What one statement did: how many rows it wrote, and the texts it gave back of them."""

    rows: int
    cells: tuple[tuple[Cell, ...], ...] = ()


def hushed(connection: Connection) -> Connection:
    """Have refusals of what is written through a connection quote no rows; where PL/pgSQL may not be used they do."""
    return connection.execution_options(**{OPTION: bool(connection.execute(_MAY).scalar())})


def is_quiet(connection: Connection) -> bool:
    """Tell whether refusals must not quote rows here."""
    return bool(connection.get_execution_options().get(OPTION))


def run_quietly(driver: psycopg.Connection, statements: Sequence[str], *, returns: bool = False) -> tuple[Done, ...]:
    """Run statements one after the other. `returns`: each gives back texts of its rows.

    Raises:
        psycopg.Error: the first refusal, without its detail; `place_of` has the place of the statement.
    """
    body = _BODY.format(
        given=sql.Literal(_GIVEN),
        result=sql.Literal(_RESULT),
        returns=sql.SQL("true" if returns else "false"),
        at=sql.Literal(STATEMENT_AT),
    ).as_string(driver)
    given = "SELECT pg_catalog.set_config(%s, CAST(CAST(%s AS text[]) AS text), true)"
    driver.execute(given, (_GIVEN, list(statements)))
    driver.execute(sql.SQL("DO {}").format(sql.Literal(body)))
    found = driver.execute("SELECT pg_catalog.current_setting(%s)", (_RESULT,)).fetchone()
    # Objects keep the order of what was given back; two of it may have one name.
    done = json.loads(found[0] if found else "[]", object_pairs_hook=lambda pairs: tuple([cell for _, cell in pairs]))
    return tuple(Done(rows, tuple(cells or ())) for rows, cells in done)


def place_of(error: BaseException | None) -> int:
    """Return the place of the statement that `run_quietly` was refused; 0 where that is not known."""
    detail = (error.diag.message_detail or "") if isinstance(error, psycopg.Error) else ""
    number = detail.removeprefix(STATEMENT_AT).partition("\n")[0]
    return int(number) if detail.startswith(STATEMENT_AT) and number.isdigit() else 0

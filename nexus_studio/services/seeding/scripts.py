"""Runs a seed that is a script of SQL: statement by statement, in the transaction it is given."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import Connection

from nexus_studio.core.admin.seeds import SeedSpec
from nexus_studio.core.errors import SeedRefused
from nexus_studio.core.sql.scripts import BehindCopy, MetaCommand, Statement, statements_of
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.seeding.blaming import SeedLog, blamed, driver_of

_CHUNK: Final = 256 * 1024  # characters
_SHOWN: Final = 80


def run_script(connection: Connection, seed: SeedSpec, log: SeedLog, ctx: TaskContext) -> None:
    """Run every statement.

    Raises:
        SeedRefused: "seed.transaction", "seed.meta_command" and "seed.behind_copy" (facts file, line) before anything
            was run; "seed.unreadable"; "seed.failed" (facts file, line).
        Cancelled: between statements, or inside of one.
    """
    path = seed.path or Path()
    statements = read_script(seed)
    driver = driver_of(connection)
    for done, statement in enumerate(statements):
        ctx.report(Progress("seed.statements", done, len(statements), "steps"))
        began = time.monotonic()
        with blamed(seed, ctx, file=path.name, line=statement.line):
            said = _execute(driver, statement, ctx)
        took = (time.monotonic() - began) * 1000
        log(f"{path.name}:{statement.line}  {said or _beginning(statement)} · {took:.0f} ms")
    ctx.report(Progress("seed.statements", len(statements), len(statements), "steps"))


def read_script(seed: SeedSpec) -> tuple[Statement, ...]:
    """Read a script's statements, and refuse what can't be run as one transaction."""
    path = seed.path or Path()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SeedRefused("seed.unreadable", seed=seed.name, file=str(path)) from error
    try:
        statements = tuple(statements_of(text))
    except MetaCommand as meta:
        raise SeedRefused("seed.meta_command", seed=seed.name, file=path.name, line=meta.line) from meta
    except BehindCopy as fault:
        raise SeedRefused("seed.behind_copy", seed=seed.name, file=path.name, line=fault.line) from fault
    for each in statements:
        if each.ends_transaction:
            raise SeedRefused("seed.transaction", seed=seed.name, file=path.name, line=each.line)
    return statements


def _execute(driver: psycopg.Connection, statement: Statement, ctx: TaskContext) -> str:
    """Run one statement as it is written, and return what the server calls it ("INSERT 0 5")."""
    written = statement.text.encode(driver.info.encoding)
    with driver.cursor() as cursor:
        if statement.data is None:
            cursor.execute(written)
        else:
            with cursor.copy(written) as copy:
                for start in range(0, len(statement.data), _CHUNK):
                    ctx.token.raise_if_cancelled()
                    copy.write(statement.data[start : start + _CHUNK])
        return cursor.statusmessage or ""


def _beginning(statement: Statement) -> str:
    return " ".join(statement.text.split())[:_SHOWN]

"""Emptying tables in one transaction: those that were announced, each with its identities restarted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import sql

from nexus_studio.core.admin.resets import OWN_TABLES, LossReport
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import ResetRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.resetting.dropping import driver_of, lock_tables
from nexus_studio.services.resetting.lossreport import closure, read_references
from nexus_studio.services.resetting.state import refuse_any, table_states, written
from nexus_studio.services.session import Session


def empty_tables(
    session: Session,
    chosen: Sequence[RelationName],
    announced: LossReport,
    ctx: TaskContext,
    *,
    spared: Collection[str] = OWN_TABLES,
    before: Mapping[str, str] | None = None,
    is_beside: bool = False,
) -> tuple[Effects, tuple[str, ...]]:
    """Empty tables and those whose rows can't be without, all or none; return to which of them others wrote meanwhile.

    TRUNCATE names each of them and cascades nowhere. Children and partitions are among those announced.

    Args:
        session: The database.
        chosen: The tables.
        announced: What a person has agreed to lose.
        ctx: Cancelling changes nothing.
        spared: Names of tables that are never emptied.
        before: What the tables were known by (`state.read_tables`).
        is_beside: Whether it goes on where others wrote to them since; else that is refused.

    Raises:
        ResetRefused: "reset.changed" (fact names): more would be emptied than was announced.
        PermissionDenied, TimedOut: as the server says; nothing was changed.
    """
    ctx.report(Progress("reset.emptying"))
    with session.write(ctx, needs=Capability.RESET) as connection:
        driver = driver_of(connection)
        oids, references = read_references(connection)
        lock_tables(driver, [*chosen, *closure(chosen, oids, references, spared)])
        oids, references = read_references(connection)  # now nobody can add to it
        names = [*chosen, *closure(chosen, oids, references, spared)]
        known = {each.oid for each in announced.tables}
        more = tuple(sorted(str(name) for name in names if oids[name] not in known))
        if more:
            raise ResetRefused("reset.changed", names=more[:10], count=len(more))
        now = table_states(connection, names) if before is not None else {}
        changed = written(before or {}, now)
        if not is_beside:
            refuse_any(changed)
        tables = sql.SQL(", ").join(sql.Identifier(each.schema, each.name) for each in names)
        driver.execute(sql.SQL("TRUNCATE TABLE {} RESTART IDENTITY RESTRICT").format(tables))
    return Effects(Kind.ROWS | Kind.SIZES, frozenset(names)), tuple(each.removeprefix("table ") for each in changed)

"""The SQL of an advice, every name quoted by psycopg."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from psycopg import sql

from nexus_studio.core.admin.advice import Advice, Risk
from nexus_studio.core.names import RelationName, parse_relation_name

Statements = tuple[sql.Composable, ...]
Write = Callable[[Advice], Statements]


def with_sql(advice: Advice) -> Advice:
    """Return the advice with its SQL."""
    return replace(advice, statements=tuple(each.as_string() for each in _WRITERS[advice.code](advice)))


def _terminate(advice: Advice) -> Statements:
    return (sql.SQL("SELECT pg_terminate_backend({})").format(sql.Literal(int(advice.name))),)


def _prepared(advice: Advice) -> Statements:
    return (sql.SQL("ROLLBACK PREPARED {}").format(sql.Literal(advice.name)),)


def _slot(advice: Advice) -> Statements:
    return (sql.SQL("SELECT pg_drop_replication_slot({})").format(sql.Literal(advice.name)),)


def _standby(_advice: Advice) -> Statements:
    return (
        # to be run there: who needs the old rows
        sql.SQL(
            "SELECT pid, usename, application_name, state, xact_start FROM pg_stat_activity"
            " WHERE backend_xmin IS NOT NULL ORDER BY age(backend_xmin) DESC"
        ),
    )


def _freeze(_advice: Advice) -> Statements:
    return (sql.SQL("VACUUM (FREEZE)"),)


def _sequence(advice: Advice) -> Statements:
    name = _identifier(parse_relation_name(advice.name))
    to = "MINVALUE -9223372036854775808" if advice.evidence.get("counts_down") else "MAXVALUE 9223372036854775807"
    wider = sql.SQL("ALTER SEQUENCE {} AS bigint {}").format(name, sql.SQL(to))
    if advice.relation is None or advice.evidence.get("column_type") == "bigint":
        return (wider,)
    column = sql.Identifier(*advice.columns)
    return sql.SQL("ALTER TABLE {} ALTER COLUMN {} TYPE bigint").format(_table(advice), column), wider


def _autovacuum_on(advice: Advice) -> Statements:
    settings = [
        sql.SQL("ALTER SYSTEM SET {} = on").format(sql.Identifier(name))
        for name in ("autovacuum", "track_counts")
        if not advice.evidence[name]
    ]
    return *settings, sql.SQL("SELECT pg_reload_conf()")


def _let_autovacuum(advice: Advice) -> Statements:
    return (
        sql.SQL("ALTER TABLE {} RESET (autovacuum_enabled)").format(_table(advice)),
        sql.SQL("VACUUM (ANALYZE) {}").format(_table(advice)),
    )


def _on_table(statement: str) -> Write:
    """Return a writer of a statement with the table's name."""

    def write(advice: Advice) -> Statements:
        return (sql.SQL(statement).format(_table(advice)),)

    return write


def _primary_key(advice: Advice) -> Statements:
    if advice.index:
        text = sql.SQL("ALTER TABLE {} ADD PRIMARY KEY USING INDEX {}")
        return (text.format(_table(advice), sql.Identifier(advice.index)),)
    if not advice.columns:
        return ()
    text = sql.SQL("ALTER TABLE {} ADD COLUMN {} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
    return (text.format(_table(advice), sql.Identifier(*advice.columns)),)


def _validate(advice: Advice) -> Statements:
    return (sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(_table(advice), sql.Identifier(advice.name)),)


def _index_for_key(advice: Advice) -> Statements:
    columns = sql.SQL(", ").join(map(sql.Identifier, advice.columns))
    how = sql.SQL("CREATE INDEX ON {} ({})" if advice.risk is Risk.LOCKS else "CREATE INDEX CONCURRENTLY ON {} ({})")
    return (how.format(_table(advice), columns),)


def _rebuild(advice: Advice) -> Statements:
    if advice.risk is Risk.DROPS:
        return _drop(advice)
    return (sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(_index(advice)),)


def _drop(advice: Advice) -> Statements:
    how = sql.SQL("DROP INDEX {}" if advice.risk is Risk.LOCKS else "DROP INDEX CONCURRENTLY {}")
    return (how.format(_index(advice)),)


def _identifier(name: RelationName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)


def _table(advice: Advice) -> sql.Identifier:
    return _identifier(advice.relation or RelationName("", ""))


def _index(advice: Advice) -> sql.Identifier:
    """An index is in its table's schema."""
    return sql.Identifier((advice.relation or RelationName("", "")).schema, advice.index)


_WRITERS: Final[Mapping[str, Write]] = {
    "held_back.transaction": _terminate,
    "held_back.prepared": _prepared,
    "held_back.slot": _slot,
    "held_back.standby": _standby,
    "slot.keeps_wal": _slot,
    "wraparound.transactions": _freeze,
    "wraparound.multixacts": _freeze,
    "sequence.near_end": _sequence,
    "autovacuum.off": _autovacuum_on,
    "autovacuum.disabled": _let_autovacuum,
    "autovacuum.late": _on_table("VACUUM (ANALYZE) {}"),
    "statistics.missing": _on_table("ANALYZE {}"),
    "statistics.stale": _on_table("ANALYZE {}"),
    "table.bloated": _on_table("VACUUM (FULL, ANALYZE) {}"),
    "table.no_primary_key": _primary_key,
    "constraint.not_valid": _validate,
    "foreign_key.no_index": _index_for_key,
    "index.invalid": _rebuild,
    "index.duplicate": _drop,
    "index.redundant": _drop,
    "index.unused": _drop,
    "index.bloated": _rebuild,
}

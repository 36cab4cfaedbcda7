"""Statements that drop what is in schemas, in an order that works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import sql

# What has to go first, so that nothing else asks for it; the rest follows in any order. Types come last: functions and
# aggregates name them.
_FIRST: Final = ("table", "foreign table", "view", "materialized view", "sequence", "operator class", "operator family")
_LAST: Final = ("composite type", "type")

_MANY: Final = frozenset({"table", "foreign table", "view", "materialized view", "sequence"})
"""Kinds of which one statement may drop several."""


# Kinds that DROP calls otherwise than pg_identify_object.
_WORDS: Final = {"composite type": "TYPE", "statistics object": "STATISTICS"}


def drop_statements(own: Sequence[dict[str, Any]]) -> list[sql.Composed]:
    """Write the statements that drop objects as `loss_sql.OWN` lists them, in an order that works.

    The names are as pg_identify_object writes them: quoted, with schema and arguments.
    """
    by_kind: dict[str, list[str]] = {}
    for each in own:
        by_kind.setdefault(each["kind"], []).append(each["name"])
    middle = sorted(by_kind.keys() - {*_FIRST, *_LAST})
    statements: list[sql.Composed] = []
    for kind in (*_FIRST, *middle, *_LAST):
        names = by_kind.get(kind, [])
        if not names:
            continue
        groups = [names] if kind in _MANY else [[name] for name in names]
        statements += [_drop(kind, group) for group in groups]
    return statements


def _drop(kind: str, names: Sequence[str]) -> sql.Composed:
    word = _WORDS.get(kind, kind.upper())
    return sql.SQL("DROP {} IF EXISTS {} CASCADE").format(raw(word), sql.SQL(", ").join(map(raw, names)))


def raw(identity: str) -> sql.SQL:
    """Take SQL that the server itself has written."""
    return sql.SQL(identity)

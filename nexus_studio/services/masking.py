"""Which columns a masking connection hides: those the models call sensitive, and what shows the same values elsewhere.

Elsewhere are columns that point to a hidden one, the partitions and children of a table, and views of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, text

from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, ForeignKey
from nexus_studio.core.schema.overlay import ModelOverlay

# Of each relation, those whose rows it shows: what it inherits from, and what its view reads, all the way down.
# `via` is the source's column that a view depends on: none where it reads whole rows. An heir has all of them.
_SOURCES: Final = text(
    """
    WITH RECURSIVE direct AS (
        SELECT inhrelid AS heir, inhparent AS source, CAST(NULL AS name) AS via, false AS is_view
          FROM pg_catalog.pg_inherits
        UNION
        SELECT r.ev_class, d.refobjid, a.attname, true
          FROM pg_catalog.pg_rewrite r
          JOIN pg_catalog.pg_depend d ON d.classid = CAST('pg_catalog.pg_rewrite' AS regclass) AND d.objid = r.oid
           AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass) AND d.refobjid <> r.ev_class
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
    ), reached AS (
        SELECT * FROM direct WHERE heir = ANY(CAST(:oids AS oid[]))
        UNION
        SELECT reached.heir, direct.source, direct.via, reached.is_view OR direct.is_view
          FROM reached JOIN direct ON direct.heir = reached.source
    )
    SELECT reached.heir, n.nspname, c.relname, reached.via, reached.is_view
      FROM reached JOIN pg_catalog.pg_class c ON c.oid = reached.source
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    """
)


def mask_columns(
    connection: Connection,
    overlay: ModelOverlay,
    heads: Sequence[RowMapping],
    columns: Mapping[int, list[Column]],
    outward: Mapping[int, list[ForeignKey]],
) -> None:
    """Mark the columns that are hidden, in the lists given, by the oids of their relations.

    Of a view that reads a sensitive column those of the same name are hidden; all of them where there is none: nobody
    knows behind which name it shows.
    """
    inherited, viewed = _sources(connection, overlay, [head["oid"] for head in heads])
    for head in heads:
        oid, name = head["oid"], RelationName(head["nspname"], head["relname"])
        known = columns.get(oid)
        if known is None:
            continue
        hidden = set(_sensitive(overlay, name)) | inherited[oid]
        names = {column.name for column in known}
        for sensitive in viewed[oid]:
            hidden |= {sensitive} if sensitive in names else names
        for key in outward.get(oid, ()):
            targets = _sensitive(overlay, key.target)
            hidden |= {mine for mine, theirs in zip(key.columns, key.target_columns, strict=True) if theirs in targets}
        known[:] = [
            replace(column, may_select=False, masked=True) if column.name in hidden and column.may_select else column
            for column in known
        ]


def _sources(
    connection: Connection, overlay: ModelOverlay, oids: Sequence[int]
) -> tuple[defaultdict[int, set[str]], defaultdict[int, set[str]]]:
    """Return the sensitive columns that relations inherit, and those that views read."""
    inherited: defaultdict[int, set[str]] = defaultdict(set)
    viewed: defaultdict[int, set[str]] = defaultdict(set)
    records: Sequence[Any] = connection.execute(_SOURCES, {"oids": list(oids)}).all()
    for heir, schema, name, via, is_view in records:
        sensitive = _sensitive(overlay, RelationName(schema, name))
        if not is_view:
            inherited[heir] |= sensitive
        elif via is None:
            viewed[heir] |= sensitive  # it reads whole rows, or a child of the table
        elif via in sensitive:
            viewed[heir].add(via)
    return inherited, viewed


def _sensitive(overlay: ModelOverlay, name: RelationName) -> frozenset[str]:
    known = overlay.tables.get(name)
    return known.sensitive if known is not None else frozenset()

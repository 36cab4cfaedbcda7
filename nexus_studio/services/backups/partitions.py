"""Partitions whose rows are others after a restore: those of tables that are partitioned by the hash of an enum.

The hash is that of the value's OID, which is another one in another database. pg_dump has such rows go through the
parent, and each finds its new place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import psycopg

from nexus_studio.core.names import RelationName

# The same question as pg_dump's own (getPartitioningInfo).
_BELOW: Final = """
    WITH RECURSIVE tree(root, oid) AS (
        SELECT p.partrelid, p.partrelid FROM pg_catalog.pg_partitioned_table p
         WHERE p.partstrat = 'h'
           AND EXISTS (SELECT FROM pg_catalog.pg_opclass k JOIN pg_catalog.pg_am a ON a.oid = k.opcmethod
                        WHERE k.oid = ANY (p.partclass) AND k.opcname = 'enum_ops' AND a.amname = 'hash'
                          AND k.opcnamespace = CAST('pg_catalog' AS pg_catalog.regnamespace))
        UNION
        SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
    )
    SELECT pn.nspname, p.relname, n.nspname, c.relname
      FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class p ON p.oid = t.root JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     WHERE c.relkind = 'r'
       AND NOT EXISTS (SELECT FROM tree above WHERE above.oid = t.root AND above.root <> t.root)
"""


def parents_of_movable(driver: psycopg.Connection) -> Mapping[RelationName, RelationName]:
    """Return the partitions whose rows a restore may put elsewhere, each with the topmost table they stay below.

    Raises:
        psycopg.Error: as the driver says it.
    """
    rows = driver.execute(_BELOW).fetchall()
    return {RelationName(schema, name): RelationName(above, parent) for above, parent, schema, name in rows}

"""The statements that ask PostgreSQL's catalog what a database contains. Constants only; `reflection` reads their rows.

Every name and oid is a bound parameter. They use what PostgreSQL 12 has (manual, chapter 52 "System Catalogs").
`FOR_RELATIONS` and all after it run under an EMPTY search path (`EMPTY_SEARCH_PATH` first in the same transaction), so
that `format_type` and `pg_get_expr` spell every name outside pg_catalog with its schema.
"""

from __future__ import annotations

from sqlalchemy import text

# One query for the whole tree. User schemas can't begin with "pg_" (manual, section 5.9.1), so the pattern hides
# exactly the system's, TOAST and temporary ones. pg_inherits of relispartition tables only: plain inheritance keeps
# its children in the tree as tables of their own.
TREE = text(
    r"""
    SELECT n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, d.description,
           pn.nspname AS parent_schema, p.relname AS parent_name,
           s.usable AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT') AS may_select
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN (SELECT oid, pg_catalog.has_schema_privilege(oid, 'USAGE') AS usable
              FROM pg_catalog.pg_namespace) s ON s.oid = n.oid
      LEFT JOIN pg_catalog.pg_description d
             ON d.objoid = c.oid AND d.classoid = CAST('pg_catalog.pg_class' AS regclass) AND d.objsubid = 0
      LEFT JOIN pg_catalog.pg_inherits h ON c.relispartition AND h.inhrelid = c.oid
      LEFT JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
      LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    """
)

EMPTY_SEARCH_PATH = text("SELECT pg_catalog.set_config('search_path', '', true)")

# The schemas the session looks into by itself; before `EMPTY_SEARCH_PATH`.
SEARCH_PATH = text("SELECT CAST(pg_catalog.current_schemas(true) AS text[])")

# For one transaction, look into these schemas too, behind those the session looks into.
LOOK_FURTHER = text(
    """
    SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ',
               NULLIF(pg_catalog.current_setting('search_path'), ''),
               (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ')
                  FROM unnest(CAST(:schemas AS text[])) AS s(name))), true)
    """
)

# The relations asked for, by schema and name. Without USAGE on the schema nothing in it can be used.
FOR_RELATIONS = text(
    """
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, d.description,
           EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid) AS has_children,
           u.usable AND pg_catalog.has_any_column_privilege(c.oid, 'INSERT') AS may_insert,
           u.usable AND pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') AS may_update,
           u.usable AND pg_catalog.has_table_privilege(c.oid, 'DELETE') AS may_delete,
           c.relkind IN ('r', 'p') AND pg_catalog.row_security_active(c.oid) AS row_security,
           EXISTS (SELECT FROM pg_catalog.pg_trigger g  -- 16: it fires on UPDATE
                    WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 16 <> 0)
               OR EXISTS (SELECT FROM pg_catalog.pg_rewrite e WHERE e.ev_class = c.oid AND e.ev_type = '2')
               AS fires_on_update
      FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS w(nspname, relname)
      JOIN pg_catalog.pg_namespace n ON n.nspname = w.nspname
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.relname
      CROSS JOIN LATERAL (SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable) u
      LEFT JOIN pg_catalog.pg_description d
             ON d.objoid = c.oid AND d.classoid = CAST('pg_catalog.pg_class' AS regclass) AND d.objsubid = 0
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    """
)

# Columns in their order. A domain may be NOT NULL where the column is not. Since PostgreSQL 18 a NOT NULL may be NOT
# VALID: attnotnull is set and older rows hold NULL all the same. Before, columns have no constraints of contype "n".
FOR_COLUMNS = text(
    """
    SELECT a.attrelid, a.attname, a.attnum, a.atttypid, a.atttypmod,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS spelled,
           NOT (a.attnotnull OR t.typnotnull)
               OR EXISTS (SELECT FROM pg_catalog.pg_constraint k
                           WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated
                             AND a.attnum = ANY (k.conkey)) AS nullable,
           CASE WHEN a.attgenerated = '' THEN a.attidentity ELSE a.attgenerated END AS generated,
           pg_catalog.pg_get_expr(e.adbin, e.adrelid) AS expression, d.description,
           pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS may_select,
           pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'INSERT') AS may_insert,
           pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'UPDATE') AS may_update,
           t.typtype = 'd' OR EXISTS (SELECT FROM pg_catalog.pg_constraint k
                                       WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND a.attnum = ANY (k.conkey))
               AS is_checked
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
      LEFT JOIN pg_catalog.pg_description d
             ON d.objoid = a.attrelid AND d.classoid = CAST('pg_catalog.pg_class' AS regclass) AND d.objsubid = a.attnum
     WHERE a.attrelid = ANY (CAST(:oids AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attrelid, a.attnum
    """
)

# The types of columns and, recursively, what they are made of: domain -> base, array -> element, range -> subtype,
# composite -> fields.
# `comparable`: a default btree or hash operator class exists for the type itself or for one it implicitly is
# (varchar is text): what "=" means is only then equality (box and circle have an "=" that compares areas).
# `sortable`: that class is a btree's.
# True arrays have no array type of their own; int2vector and oidvector do, and print without braces.
# The operator classes are looked for from `w`, not `t`: else the planner works them out for every type there is.
FOR_TYPES = text(
    """
    WITH RECURSIVE wanted(oid) AS (
        SELECT unnest(CAST(:oids AS oid[]))
        UNION
        SELECT part.oid
          FROM wanted w
          JOIN pg_catalog.pg_type t ON t.oid = w.oid
          LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
         CROSS JOIN LATERAL (
                VALUES (t.typbasetype), (r.rngsubtype),
                       (CASE WHEN t.typcategory = 'A' AND t.typarray = 0 THEN t.typelem END)
                UNION ALL
                SELECT a.atttypid FROM pg_catalog.pg_attribute a
                 WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                ) AS part(oid)
         WHERE part.oid <> 0
    )
    SELECT t.oid, t.typname, pg_catalog.format_type(t.oid, -1) AS spelled, t.typtype, t.typbasetype, t.typtypmod,
           CASE WHEN t.typcategory = 'A' AND t.typarray = 0 THEN t.typelem ELSE 0 END AS element,
           coalesce(r.rngsubtype, 0) AS subtype,
           ARRAY(SELECT CAST(l.enumlabel AS text) FROM pg_catalog.pg_enum l
                  WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) AS labels,
           n.nspname AS schema, c.comparable, c.sortable, CAST(t.typdelim AS text) AS delimiter,
           ARRAY(SELECT CAST(a.attname AS text) FROM pg_catalog.pg_attribute a
                  WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                  ORDER BY a.attnum) AS field_names,
           ARRAY(SELECT a.atttypid FROM pg_catalog.pg_attribute a
                  WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                  ORDER BY a.attnum) AS field_types
      FROM wanted w
      JOIN pg_catalog.pg_type t ON t.oid = w.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) > 0 AS comparable,
                   coalesce(pg_catalog.bool_or(m.amname = 'btree'), false) AS sortable
              FROM pg_catalog.pg_opclass o
              JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname IN ('btree', 'hash')
             WHERE o.opcdefault
               AND o.opcintype = ANY (ARRAY(
                       SELECT w.oid
                        UNION ALL
                       SELECT k.casttarget FROM pg_catalog.pg_cast k
                        WHERE k.castsource = w.oid AND k.castmethod = 'b' AND k.castcontext = 'i'))) c
      LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
    """
)

# Foreign keys that start or end at the relations. Partitioning clones a constraint once a partition (conparentid):
# `outward` and `inward` drop the clones that say of a relation what their original already says of it.
FOR_FOREIGN_KEYS = text(
    """
    SELECT k.conname, k.conrelid, sn.nspname AS source_schema, sc.relname AS source_name,
           k.confrelid, tn.nspname AS target_schema, tc.relname AS target_name,
           k.confdeltype, k.confupdtype, k.condeferrable,
           p.oid IS NULL OR p.conrelid <> k.conrelid AS outward,
           p.oid IS NULL OR p.confrelid <> k.confrelid AS inward,
           ARRAY(SELECT CAST(a.attname AS text) FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
                  ORDER BY u.place) AS source_columns,
           ARRAY(SELECT CAST(a.attname AS text) FROM unnest(k.confkey) WITH ORDINALITY AS u(attnum, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
                  ORDER BY u.place) AS target_columns
      FROM pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_class sc ON sc.oid = k.conrelid
      JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace
      JOIN pg_catalog.pg_class tc ON tc.oid = k.confrelid
      JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
      LEFT JOIN pg_catalog.pg_constraint p ON p.oid = k.conparentid
     WHERE k.contype = 'f'
       AND (k.conrelid = ANY (CAST(:oids AS oid[])) OR k.confrelid = ANY (CAST(:oids AS oid[])))
     ORDER BY sn.nspname, sc.relname, k.conname
    """
)

# Indexes; a column that is an expression has attnum 0 and gets an empty name. INCLUDEd columns are not part of it.
# `keyworthy`: fit to identify rows - valid, unique, checked at once, of all rows, of plain columns without NULLs.
FOR_INDEXES = text(
    """
    SELECT i.indrelid, c.relname, m.amname, i.indisunique, i.indisprimary, i.indisvalid, i.indisexclusion,
           i.indpred IS NOT NULL AS partial, NOT i.indimmediate AS deferrable,
           -- Since PostgreSQL 15.
           i.indisunique AND coalesce(CAST(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' AS boolean), false)
               AS nulls_alike,
           ARRAY(SELECT coalesce(CAST(a.attname AS text), '')
                   FROM unnest(i.indkey) WITH ORDINALITY AS u(attnum, place)
                   LEFT JOIN pg_catalog.pg_attribute a
                          ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum <> 0
                  WHERE u.place <= i.indnkeyatts ORDER BY u.place) AS columns,
           ARRAY(SELECT u.flags & 1 = 1 FROM unnest(i.indoption) WITH ORDINALITY AS u(flags, place)
                  WHERE u.place <= i.indnkeyatts ORDER BY u.place) AS descending,
           i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
               AND NOT EXISTS (SELECT FROM unnest(i.indkey) WITH ORDINALITY AS u(attnum, place)
                                 JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
                                 LEFT JOIN pg_catalog.pg_constraint k
                                        ON k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated
                                           AND a.attnum = ANY (k.conkey)
                                WHERE u.place <= i.indnkeyatts AND (NOT a.attnotnull OR k.oid IS NOT NULL))
               AS keyworthy
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_am m ON m.oid = c.relam
     WHERE i.indrelid = ANY (CAST(:oids AS oid[]))
     ORDER BY i.indisprimary DESC, i.indnkeyatts, c.relname
    """
)

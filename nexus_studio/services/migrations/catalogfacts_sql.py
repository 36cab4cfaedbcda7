"""The statements that read a catalog as facts, on PostgreSQL 12 to 18. Constants only; `catalogfacts` reads the rows.

Each row is (kind, name, definition). All run under an EMPTY search path, so that PostgreSQL spells every name outside
pg_catalog with its schema. `:ignored` are names of relations to leave out in any schema. What belongs to an extension,
to the system or to a session (temporary) is left out, and so is what PostgreSQL makes by itself beside something else:
the index of a constraint, what a partition has from its parent, the sequence of an identity column.
"""

from __future__ import annotations

from sqlalchemy import text

# Columns that some version lacks are read through to_jsonb of the row: tgparentid (13), prattrs (15), conenforced (18).
RELATIONS = text(
    r"""
    WITH rel AS MATERIALIZED (
        SELECT c.oid, CAST(n.nspname AS text) AS s, CAST(c.relname AS text) AS r, c.relkind AS kind, c.relpersistence,
               c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relreplident, c.relispartition, c.relpartbound,
               c.reloftype, c.relispopulated
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> ALL (CAST(:ignored AS text[]))
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                            WHERE d.classid = CAST('pg_catalog.pg_class' AS regclass) AND d.objid = c.oid
                              AND d.deptype = 'e')
    ), col AS MATERIALIZED (
        SELECT rel.s, rel.r, rel.kind, CAST(a.attname AS text) AS c, a.*, t.typcollation, t.typstorage
          FROM rel
          JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid
          JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
         WHERE rel.kind IN ('r', 'p', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped
           AND (a.attislocal OR a.attinhcount = 0)
    )
    SELECT 'table' AS kind, ARRAY[s, r] AS name,
           pg_catalog.concat_ws(' ', CASE kind WHEN 'f' THEN 'FOREIGN' END,
             CASE kind WHEN 'p' THEN 'PARTITION BY ' || pg_catalog.pg_get_partkeydef(oid) END,
             CASE WHEN reloftype <> 0 THEN 'OF ' || pg_catalog.format_type(reloftype, NULL) END,
             (SELECT pg_catalog.format('SERVER %I', v.srvname) || pg_catalog.array_to_string(f.ftoptions, ', ')
                FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server v ON v.oid = f.ftserver
               WHERE f.ftrelid = rel.oid)) AS definition
      FROM rel WHERE kind IN ('r', 'p', 'f')
    UNION ALL
    SELECT 'persistence', ARRAY[s, r], 'UNLOGGED' FROM rel WHERE kind IN ('r', 'p') AND relpersistence = 'u'
    UNION ALL
    SELECT 'row_security', ARRAY[s, r], 'ENABLE' FROM rel WHERE relrowsecurity
    UNION ALL
    SELECT 'forced_row_security', ARRAY[s, r], 'FORCE' FROM rel WHERE relforcerowsecurity
    UNION ALL
    SELECT 'options', ARRAY[s, r], pg_catalog.array_to_string(reloptions, ', ')
      FROM rel WHERE kind IN ('r', 'p', 'm') AND reloptions IS NOT NULL
    UNION ALL
    SELECT 'replica_identity', ARRAY[s, r],
           CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE pg_catalog.format('USING INDEX %I',
             (SELECT i.relname FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
               WHERE x.indrelid = rel.oid AND x.indisreplident)) END
      FROM rel WHERE kind IN ('r', 'p') AND relreplident <> 'd'
    UNION ALL
    SELECT 'partition', ARRAY[rel.s, rel.r, CAST(n.nspname AS text), CAST(p.relname AS text)],
           pg_catalog.pg_get_expr(rel.relpartbound, rel.oid)
      FROM rel
      JOIN pg_catalog.pg_inherits h ON h.inhrelid = rel.oid
      JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
      JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
     WHERE rel.relispartition AND rel.kind IN ('r', 'p', 'f')
    UNION ALL
    SELECT 'inherits', ARRAY[rel.s, rel.r, CAST(n.nspname AS text), CAST(p.relname AS text)], ''
      FROM rel
      JOIN pg_catalog.pg_inherits h ON h.inhrelid = rel.oid
      JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
      JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
     WHERE NOT rel.relispartition AND rel.kind IN ('r', 'f')
    UNION ALL
    SELECT CASE kind WHEN 'c' THEN 'attribute' ELSE 'column' END, ARRAY[s, r, c],
           pg_catalog.format_type(atttypid, atttypmod) || CASE WHEN attcollation <> typcollation THEN
             (SELECT pg_catalog.format(' COLLATE %I.%I', n.nspname, o.collname)
                FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace
               WHERE o.oid = attcollation) ELSE '' END
      FROM col
    UNION ALL
    SELECT 'not_null', ARRAY[s, r, c], 'NOT NULL' || CASE WHEN EXISTS (
             SELECT FROM pg_catalog.pg_constraint k
              WHERE k.conrelid = attrelid AND k.contype = 'n' AND k.conkey[1] = attnum AND NOT k.convalidated
           ) THEN ' NOT VALID' ELSE '' END
      FROM col WHERE attnotnull
    UNION ALL
    SELECT CASE WHEN attgenerated = '' THEN 'default' ELSE 'generated' END, ARRAY[s, r, c],
           pg_catalog.pg_get_expr(d.adbin, d.adrelid)
           || CASE attgenerated WHEN 's' THEN ' STORED' WHEN 'v' THEN ' VIRTUAL' ELSE '' END
      FROM col JOIN pg_catalog.pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum
    UNION ALL
    SELECT 'identity', ARRAY[s, r, c], CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END
      FROM col WHERE attidentity <> ''
    UNION ALL
    SELECT 'storage', ARRAY[s, r, c], CASE attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
             WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
      FROM col WHERE attstorage <> typstorage
    UNION ALL
    SELECT 'column_options', ARRAY[s, r, c], pg_catalog.array_to_string(attoptions, ', ')
      FROM col WHERE attoptions IS NOT NULL
    UNION ALL
    SELECT 'constraint', ARRAY[s, r, CAST(k.conname AS text)], pg_catalog.pg_get_constraintdef(k.oid)
      FROM rel JOIN pg_catalog.pg_constraint k ON k.conrelid = rel.oid
     WHERE k.contype IN ('c', 'p', 'u', 'x', 'f') AND k.conparentid = 0 AND (k.conislocal OR k.coninhcount = 0)
    UNION ALL
    SELECT 'index', ARRAY[s, r, CAST(i.relname AS text)],
           CASE WHEN x.indisvalid THEN '' ELSE 'INVALID ' END || pg_catalog.pg_get_indexdef(x.indexrelid)
      FROM rel
      JOIN pg_catalog.pg_index x ON x.indrelid = rel.oid
      JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
     WHERE rel.kind IN ('r', 'p', 'm') AND NOT i.relispartition
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                        WHERE k.conindid = i.oid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'sequence', ARRAY[s, r],
           pg_catalog.format('AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s',
             pg_catalog.format_type(q.seqtypid, NULL), q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache)
           || CASE WHEN q.seqcycle THEN ' CYCLE' ELSE ' NO CYCLE' END
      FROM rel JOIN pg_catalog.pg_sequence q ON q.seqrelid = rel.oid
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = CAST('pg_catalog.pg_class' AS regclass) AND d.objid = rel.oid
                          AND d.deptype = 'i')
    UNION ALL
    SELECT 'sequence_owner', ARRAY[rel.s, rel.r, CAST(n.nspname AS text), CAST(c.relname AS text),
             CAST(a.attname AS text)], ''
      FROM rel
      JOIN pg_catalog.pg_depend d ON d.classid = CAST('pg_catalog.pg_class' AS regclass) AND d.objid = rel.oid
       AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass) AND d.deptype = 'a' AND d.refobjsubid > 0
      JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE rel.kind = 'S'
    UNION ALL
    SELECT CASE kind WHEN 'm' THEN 'materialized_view' ELSE 'view' END, ARRAY[s, r],
           CASE WHEN kind = 'v' AND reloptions IS NOT NULL
                THEN 'WITH (' || pg_catalog.array_to_string(reloptions, ', ') || ') AS' ELSE 'AS' END
           || pg_catalog.pg_get_viewdef(oid)
      FROM rel WHERE kind IN ('v', 'm')
    UNION ALL
    SELECT 'populated', ARRAY[s, r], '' FROM rel WHERE kind = 'm' AND relispopulated
    UNION ALL
    SELECT 'trigger', ARRAY[s, r, CAST(g.tgname AS text)], pg_catalog.pg_get_triggerdef(g.oid)
      FROM rel JOIN pg_catalog.pg_trigger g ON g.tgrelid = rel.oid
     WHERE NOT g.tgisinternal
       AND (NOT rel.relispartition OR COALESCE(pg_catalog.to_jsonb(g) ->> 'tgparentid', '0') = '0')
    UNION ALL
    SELECT 'trigger_state', ARRAY[s, r, CAST(g.tgname AS text)],
           CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END
      FROM rel JOIN pg_catalog.pg_trigger g ON g.tgrelid = rel.oid
     WHERE NOT g.tgisinternal AND g.tgenabled <> 'O'
       AND (NOT rel.relispartition OR COALESCE(pg_catalog.to_jsonb(g) ->> 'tgparentid', '0') = '0')
    UNION ALL
    SELECT 'rule', ARRAY[s, r, CAST(w.rulename AS text)],
           pg_catalog.pg_get_ruledef(w.oid)
           || CASE w.ev_enabled WHEN 'O' THEN '' ELSE ' ' || CAST(w.ev_enabled AS text) END
      FROM rel JOIN pg_catalog.pg_rewrite w ON w.ev_class = rel.oid
     WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy', ARRAY[s, r, CAST(p.polname AS text)],
           pg_catalog.concat_ws(' ', CASE WHEN p.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
             CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN 'w' THEN 'FOR UPDATE'
                           WHEN 'd' THEN 'FOR DELETE' ELSE 'FOR ALL' END,
             'TO ' || (SELECT pg_catalog.string_agg(CASE o WHEN 0 THEN 'PUBLIC'
                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o)) END, ', ' ORDER BY
                              CASE o WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(o) END)
                         FROM unnest(p.polroles) AS u(o)),
             'USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
             'WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')
      FROM rel JOIN pg_catalog.pg_policy p ON p.polrelid = rel.oid
    UNION ALL
    SELECT 'statistics', ARRAY[rel.s, rel.r, CAST(n.nspname AS text), CAST(x.stxname AS text)],
           pg_catalog.pg_get_statisticsobjdef(x.oid)
      FROM rel
      JOIN pg_catalog.pg_statistic_ext x ON x.stxrelid = rel.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = x.stxnamespace
    UNION ALL
    SELECT 'publication_table', ARRAY[rel.s, rel.r, CAST(p.pubname AS text)],
           pg_catalog.concat_ws(' ', pg_catalog.to_jsonb(m) ->> 'prattrs', pg_catalog.to_jsonb(m) ->> 'prqual')
      FROM rel
      JOIN pg_catalog.pg_publication_rel m ON m.prrelid = rel.oid
      JOIN pg_catalog.pg_publication p ON p.oid = m.prpubid
    UNION ALL
    SELECT 'comment', ARRAY[rel.s, rel.r, CASE rel.kind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
             WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'c' THEN 'type'
             WHEN 'f' THEN 'foreign table' ELSE 'table' END, COALESCE(CAST(a.attname AS text), '')], d.description
      FROM rel
      JOIN pg_catalog.pg_description d
        ON d.objoid = rel.oid AND d.classoid = CAST('pg_catalog.pg_class' AS regclass)
      LEFT JOIN pg_catalog.pg_attribute a ON d.objsubid > 0 AND a.attrelid = rel.oid AND a.attnum = d.objsubid
    """
)

OTHERS = text(
    r"""
    WITH space AS MATERIALIZED (
        SELECT n.oid, CAST(n.nspname AS text) AS s, n.nspowner, n.nspacl
          FROM pg_catalog.pg_namespace n
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                            WHERE d.classid = CAST('pg_catalog.pg_namespace' AS regclass) AND d.objid = n.oid
                              AND d.deptype = 'e')
    ), typ AS MATERIALIZED (
        SELECT space.s, CAST(t.typname AS text) AS t, t.*
          FROM space
          JOIN pg_catalog.pg_type t ON t.typnamespace = space.oid
          LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
         WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')
                OR (t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)))
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                            WHERE d.classid = CAST('pg_catalog.pg_type' AS regclass) AND d.objid = t.oid
                              AND d.deptype = 'e')
    ), fun AS MATERIALIZED (
        SELECT space.s, CAST(p.proname AS text) AS f, pg_catalog.pg_get_function_identity_arguments(p.oid) AS args,
               p.oid, p.prokind, p.proowner, p.proacl
          FROM space
          JOIN pg_catalog.pg_proc p ON p.pronamespace = space.oid
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                            WHERE d.classid = CAST('pg_catalog.pg_proc' AS regclass) AND d.objid = p.oid
                              AND d.deptype IN ('e', 'i'))
    )
    SELECT 'schema' AS kind, ARRAY[s] AS name, '' AS definition FROM space
    UNION ALL
    SELECT 'type', ARRAY[s, t], CASE typtype WHEN 'e' THEN 'ENUM' WHEN 'c' THEN 'COMPOSITE' WHEN 'b' THEN 'BASE'
             WHEN 'd' THEN 'DOMAIN ' || pg_catalog.format_type(typbasetype, typtypmod)
             ELSE (SELECT 'RANGE ' || pg_catalog.format_type(r.rngsubtype, NULL)
                     FROM pg_catalog.pg_range r WHERE r.rngtypid = typ.oid) END
      FROM typ
    UNION ALL
    SELECT 'enum_value', ARRAY[s, t, CAST(e.enumlabel AS text)],
           COALESCE('AFTER ' || pg_catalog.quote_literal(pg_catalog.lag(CAST(e.enumlabel AS text))
             OVER (PARTITION BY typ.oid ORDER BY e.enumsortorder)), 'FIRST')
      FROM typ JOIN pg_catalog.pg_enum e ON e.enumtypid = typ.oid
    UNION ALL
    SELECT 'not_null', ARRAY[s, t], 'NOT NULL' FROM typ WHERE typtype = 'd' AND typnotnull
    UNION ALL
    SELECT 'default', ARRAY[s, t], typdefault FROM typ WHERE typtype = 'd' AND typdefault IS NOT NULL
    UNION ALL
    SELECT 'domain_constraint', ARRAY[s, t, CAST(k.conname AS text)], pg_catalog.pg_get_constraintdef(k.oid)
      FROM typ JOIN pg_catalog.pg_constraint k ON k.contypid = typ.oid
     WHERE k.contype = 'c'
    UNION ALL
    SELECT CASE prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END, ARRAY[s, f, args],
           CASE WHEN prokind <> 'a' THEN pg_catalog.pg_get_functiondef(oid) ELSE
             (SELECT pg_catalog.concat_ws(' ', CAST(a.aggtransfn AS text), CAST(a.aggfinalfn AS text),
                       CAST(a.aggcombinefn AS text), pg_catalog.format_type(a.aggtranstype, NULL), a.agginitval)
                FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = fun.oid) END
      FROM fun
    UNION ALL
    SELECT 'extension', ARRAY[CAST(x.extname AS text)], CAST(n.nspname AS text)
      FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace
     WHERE x.extname <> 'plpgsql'
    UNION ALL
    SELECT 'event_trigger', ARRAY[CAST(evtname AS text)],
           pg_catalog.concat_ws(' ', evtevent, CAST(evtfoid AS regproc), evtenabled, CAST(evttags AS text))
      FROM pg_catalog.pg_event_trigger
    UNION ALL
    SELECT 'publication', ARRAY[CAST(pubname AS text)],
           pg_catalog.concat_ws(' ', puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot)
      FROM (SELECT p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
                   COALESCE(pg_catalog.to_jsonb(p) ->> 'pubviaroot', 'false') AS pubviaroot
              FROM pg_catalog.pg_publication p) p
    UNION ALL
    SELECT 'foreign_data_wrapper', ARRAY[CAST(fdwname AS text)], pg_catalog.array_to_string(fdwoptions, ', ')
      FROM pg_catalog.pg_foreign_data_wrapper w
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = CAST('pg_catalog.pg_foreign_data_wrapper' AS regclass) AND d.objid = w.oid
                          AND d.deptype = 'e')
    UNION ALL
    SELECT 'server', ARRAY[CAST(srvname AS text)], pg_catalog.array_to_string(srvoptions, ', ')
      FROM pg_catalog.pg_foreign_server
    UNION ALL
    SELECT 'user_mapping', ARRAY[CAST(srvname AS text), CAST(usename AS text)], '' FROM pg_catalog.pg_user_mappings
    UNION ALL
    -- what is rare is known by its identity alone: casts, operators and their classes, collations, text search, …
    SELECT pg_catalog.replace(i.type, ' ', '_'), ARRAY[COALESCE(i.schema, ''), i.identity], ''
      FROM (SELECT CAST('pg_catalog.pg_cast' AS regclass) AS c, oid FROM pg_catalog.pg_cast
            UNION ALL SELECT CAST('pg_catalog.pg_operator' AS regclass), oid FROM pg_catalog.pg_operator
            UNION ALL SELECT CAST('pg_catalog.pg_opclass' AS regclass), oid FROM pg_catalog.pg_opclass
            UNION ALL SELECT CAST('pg_catalog.pg_opfamily' AS regclass), oid FROM pg_catalog.pg_opfamily
            UNION ALL SELECT CAST('pg_catalog.pg_collation' AS regclass), oid FROM pg_catalog.pg_collation
            UNION ALL SELECT CAST('pg_catalog.pg_conversion' AS regclass), oid FROM pg_catalog.pg_conversion
            UNION ALL SELECT CAST('pg_catalog.pg_ts_config' AS regclass), oid FROM pg_catalog.pg_ts_config
            UNION ALL SELECT CAST('pg_catalog.pg_ts_dict' AS regclass), oid FROM pg_catalog.pg_ts_dict
            UNION ALL SELECT CAST('pg_catalog.pg_language' AS regclass), oid FROM pg_catalog.pg_language
            UNION ALL SELECT CAST('pg_catalog.pg_am' AS regclass), oid FROM pg_catalog.pg_am) o,
           LATERAL pg_catalog.pg_identify_object(o.c, o.oid, 0) i
     WHERE o.oid >= 16384  -- FirstNormalObjectId: not of initdb
       AND i.schema IS DISTINCT FROM 'pg_catalog' AND i.schema IS DISTINCT FROM 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = o.c AND d.objid = o.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'comment', ARRAY[COALESCE(i.schema, ''), '', i.type, i.identity], d.description
      FROM pg_catalog.pg_description d, LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
     WHERE d.classoid <> CAST('pg_catalog.pg_class' AS regclass) AND d.objoid >= 16384
       AND i.schema IS DISTINCT FROM 'pg_catalog' AND i.schema IS DISTINCT FROM 'information_schema'
       AND i.type <> 'extension'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                        WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
    """
)

# MAINTAIN (17) comes with ALL there and nowhere before; with CREATE on public it is the other way round.
PRIVILEGES = text(
    r"""
    WITH space AS MATERIALIZED (
        SELECT n.oid, CAST(n.nspname AS text) AS s, n.nspowner, n.nspacl
          FROM pg_catalog.pg_namespace n
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ), thing AS MATERIALIZED (
        SELECT s, CAST(c.relname AS text) AS n, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS what,
               '' AS part, c.relowner AS owner,
               COALESCE(c.relacl, pg_catalog.acldefault(CAST(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END AS "char"),
                                                        c.relowner)) AS acl,
               CAST('pg_catalog.pg_class' AS regclass) AS class, c.oid
          FROM space JOIN pg_catalog.pg_class c ON c.relnamespace = space.oid
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relname <> ALL (CAST(:ignored AS text[]))
        UNION ALL
        SELECT s, CAST(c.relname AS text), 'column', CAST(a.attname AS text), c.relowner, a.attacl,
               CAST('pg_catalog.pg_class' AS regclass), c.oid
          FROM space
          JOIN pg_catalog.pg_class c ON c.relnamespace = space.oid
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
         WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped
           AND c.relname <> ALL (CAST(:ignored AS text[]))
        UNION ALL
        SELECT s, CAST(p.proname AS text), 'function', pg_catalog.pg_get_function_identity_arguments(p.oid), p.proowner,
               COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner)),
               CAST('pg_catalog.pg_proc' AS regclass), p.oid
          FROM space JOIN pg_catalog.pg_proc p ON p.pronamespace = space.oid
        UNION ALL
        SELECT s, CAST(t.typname AS text), 'type', '', t.typowner,
               COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner)),
               CAST('pg_catalog.pg_type' AS regclass), t.oid
          FROM space
          JOIN pg_catalog.pg_type t ON t.typnamespace = space.oid
          LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
         WHERE t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')
        UNION ALL
        SELECT s, '', 'schema', '', space.nspowner, COALESCE(space.nspacl, pg_catalog.acldefault('n', space.nspowner)),
               CAST('pg_catalog.pg_namespace' AS regclass), space.oid
          FROM space
    )
    SELECT 'grant' AS kind,
           ARRAY[s, n, what, part, COALESCE(CAST(o.rolname AS text), 'PUBLIC'), a.privilege_type] AS name,
           CASE WHEN a.is_grantable THEN 'WITH GRANT OPTION' ELSE '' END AS definition
      FROM thing
      CROSS JOIN LATERAL pg_catalog.aclexplode(thing.acl) a
      LEFT JOIN pg_catalog.pg_roles o ON o.oid = a.grantee
     WHERE a.grantee <> thing.owner AND a.privilege_type <> 'MAINTAIN'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = thing.class AND d.objid = thing.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'owner', ARRAY[s, n, what, part], CAST(pg_catalog.pg_get_userbyid(owner) AS text)
      FROM thing
     WHERE what <> 'column'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = thing.class AND d.objid = thing.oid AND d.deptype IN ('e', 'i', 'a'))
    UNION ALL
    SELECT 'default_privilege',
           ARRAY[COALESCE(CAST(n.nspname AS text), ''), CAST(d.defaclobjtype AS text),
                 CAST(pg_catalog.pg_get_userbyid(d.defaclrole) AS text),
                 COALESCE(CAST(o.rolname AS text), 'PUBLIC'), a.privilege_type],
           CASE WHEN a.is_grantable THEN 'WITH GRANT OPTION' ELSE '' END
      FROM pg_catalog.pg_default_acl d
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
      CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a
      LEFT JOIN pg_catalog.pg_roles o ON o.oid = a.grantee
     WHERE a.privilege_type <> 'MAINTAIN' AND a.grantee <> d.defaclrole
    """
)

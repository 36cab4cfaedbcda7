"""Owners and privileges of what is in schemas: noted before it goes, given again to what bears the same name after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TEXT

from nexus_studio.services.databases import grant

# Only what is not as it would be anyway: another owner than the one who asks, or privileges that somebody has given.
# Columns' own privileges go with their table's line, as a list beside it.
_NOTED: Final = text(
    """
    WITH held AS (
        SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
               pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relowner AS owner, c.relacl AS acl,
               (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attname,
                           CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                           x.privilege_type, x.is_grantable))
                  FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) x
                 WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped) AS columns,
               NOT (c.relkind = 'S' AND EXISTS (
                   SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = CAST('pg_catalog.pg_class' AS regclass) AND d.objid = c.oid
                      AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass) AND d.deptype IN ('a', 'i'))) AS owned,
               n.nspname
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT 'ROUTINE', (pg_catalog.pg_identify_object(CAST('pg_catalog.pg_proc' AS regclass), p.oid, 0)).identity,
               p.proowner, p.proacl, NULL, true, n.nspname
          FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                            WHERE e.classid = CAST('pg_catalog.pg_proc' AS regclass) AND e.objid = p.oid
                              AND e.deptype = 'e')
        UNION ALL
        SELECT 'TYPE', pg_catalog.format('%I.%I', n.nspname, t.typname), t.typowner, t.typacl, NULL, true, n.nspname
          FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
         WHERE t.typtype IN ('e', 'd') AND NOT EXISTS (
                   SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = CAST('pg_catalog.pg_type' AS regclass) AND e.objid = t.oid AND e.deptype = 'e')
        UNION ALL
        SELECT 'SCHEMA', pg_catalog.quote_ident(n.nspname), n.nspowner, n.nspacl, NULL, true, n.nspname
          FROM pg_catalog.pg_namespace n
    )
    SELECT h.kind, h.name, pg_catalog.pg_get_userbyid(h.owner) AS owner, h.owned, h.columns,
           CASE WHEN h.acl IS NULL THEN NULL ELSE
               (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                           CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                           x.privilege_type, x.is_grantable)), '[]')
                  FROM pg_catalog.aclexplode(h.acl) x) END AS grants
      FROM held h
     WHERE h.nspname = ANY(:schemas)
       AND (h.acl IS NOT NULL OR h.columns IS NOT NULL OR pg_catalog.pg_get_userbyid(h.owner) <> current_user)
     ORDER BY h.kind, h.name
    """
).bindparams(bindparam("schemas", type_=ARRAY(TEXT)))

_DEFAULTS: Final = text(
    """
    SELECT pg_catalog.pg_get_userbyid(d.defaclrole) AS role, n.nspname AS schema,
           CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                                WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' END AS kind,
           CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END AS grantee,
           x.privilege_type AS privilege, x.is_grantable
      FROM pg_catalog.pg_default_acl d
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) x
     WHERE d.defaclobjtype IN ('r', 'S', 'f', 'T', 'n')
    """
)

Noted = dict[str, Any]
"""One object as JSON: kind, name (quoted), owner, owned, columns, grants."""


def note_privileges(connection: Connection, schemas: Sequence[str]) -> list[Noted]:
    """Return the owners and privileges of what is in schemas, and of the schemas themselves."""
    return [dict(row) for row in connection.execute(_NOTED, {"schemas": list(schemas)}).mappings()]


def note_defaults(connection: Connection) -> list[Noted]:
    """Return what whoever makes something in this database gives to others by default."""
    return [dict(row) for row in connection.execute(_DEFAULTS).mappings()]


def give_again(driver: psycopg.Connection, noted: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give owners and privileges of before to what is there; return the names that could not have theirs.

    In a transaction of the caller's. What is not there any more is left out.
    """
    refused: list[str] = []
    for each in noted:
        if not _is_there(driver, each):
            continue
        for statement in _statements(each):
            if not _run(driver, statement) and each["name"] not in refused:
                refused.append(str(each["name"]))
    return refused


def give_defaults(driver: psycopg.Connection, noted: Sequence[Mapping[str, Any]]) -> list[str]:
    """Set default privileges of before in a new database; return the roles whose could not be."""
    refused: list[str] = []
    for each in noted:
        schema = each["schema"]
        place = sql.SQL(" IN SCHEMA {}").format(sql.Identifier(schema)) if schema else sql.SQL("")
        head = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}{} ").format(sql.Identifier(each["role"]), place)
        said = grant(sql.SQL(each["kind"]), each["grantee"], each["privilege"], each["is_grantable"])
        if not _run(driver, head + said) and each["role"] not in refused:
            refused.append(str(each["role"]))
    return refused


def _statements(each: Mapping[str, Any]) -> list[sql.Composed]:
    what = sql.SQL("{} {}").format(sql.SQL(each["kind"]), sql.SQL(each["name"]))
    statements: list[sql.Composed] = []
    if each["grants"] is not None:
        statements.append(sql.SQL("REVOKE ALL ON {} FROM PUBLIC").format(what))
        statements += [grant(what, *said) for said in each["grants"]]
    for column, grantee, privilege, is_grantable in each["columns"] or ():
        on_column = sql.SQL("{} ({})").format(sql.SQL(privilege), sql.Identifier(column))
        statements.append(grant(what, grantee, on_column.as_string(), is_grantable))
    if each["owned"]:
        statements.append(sql.SQL("ALTER {} OWNER TO {}").format(what, sql.Identifier(each["owner"])))
    return statements


def _is_there(driver: psycopg.Connection, each: Mapping[str, Any]) -> bool:
    kind, name = each["kind"], each["name"]
    functions = {"ROUTINE": "to_regprocedure", "TYPE": "to_regtype", "SCHEMA": "to_regnamespace"}
    ask = sql.SQL("SELECT pg_catalog.{}(%s) IS NOT NULL").format(sql.Identifier(functions.get(kind, "to_regclass")))
    return driver.execute(ask, (name,)).fetchone() == (True,)


def _run(driver: psycopg.Connection, statement: sql.Composed) -> bool:
    """Run a statement in a savepoint; False: the server refuses it (no such role or column, no right)."""
    try:
        with driver.transaction():
            driver.execute(statement)
    except (
        psycopg.errors.UndefinedObject,
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InvalidGrantOperation,
        psycopg.errors.WrongObjectType,
    ):
        return False
    return True

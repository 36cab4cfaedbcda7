"""Scripts cut into statements, and which of them Prisma's parser does not know."""

from __future__ import annotations

import importlib
import importlib.util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.prismaparsing import is_read, unread
from nexus_studio.core.admin.prismascripts import cut, piece_at

# Asked of the crate itself (sqlparser 0.61, dialect PostgreSQL): what it does not understand, and what it does.
UNREAD = """
DO $$ BEGIN END $$
DROP INDEX CONCURRENTLY i
REINDEX TABLE t
REFRESH MATERIALIZED VIEW v
VACUUM (ANALYZE) t
VACUUM ANALYZE t
CLUSTER t
LOCK TABLE t
COPY t FROM STDIN
CREATE UNLOGGED TABLE t(a int)
CREATE TABLE t (LIKE u INCLUDING ALL)
CREATE TABLE t (a int, EXCLUDE USING gist (a WITH =))
CREATE TABLE t (a int CHECK (a > 0) NO INHERIT)
CREATE TABLE t (a int, PRIMARY KEY (a) INCLUDE (b))
CREATE TABLE t OF x
CREATE TABLE t (a text STORAGE EXTERNAL)
CREATE TABLE t (a text COMPRESSION lz4)
ALTER TABLE t SET SCHEMA s
ALTER TABLE t ATTACH PARTITION p FOR VALUES FROM (1) TO (2)
ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY USING INDEX i
ALTER TABLE t ALTER COLUMN a SET STATISTICS 100
ALTER TABLE t ALTER COLUMN a DROP IDENTITY
ALTER TABLE t RESET (fillfactor)
ALTER TABLE t INHERIT u
ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE
ALTER INDEX i SET (fillfactor=70)
ALTER SEQUENCE s RESTART
ALTER VIEW v RENAME TO w
ALTER TYPE e OWNER TO x
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x
CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql AS $$ SELECT 1 $$
CREATE FUNCTION f() RETURNS int LANGUAGE sql COST 10 AS $$ SELECT 1 $$
CREATE FUNCTION f(VARIADIC a int[]) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END
CREATE PROCEDURE p() LANGUAGE sql AS $$ SELECT 1 $$
DROP OPERATOR === (int,int)
CREATE OPERATOR === (leftarg=int, rightarg=int, procedure=f)
COMMENT ON FUNCTION f() IS 'x'
COMMENT ON TYPE e IS 'x'
CREATE PUBLICATION p FOR ALL TABLES
CREATE RULE r AS ON INSERT TO t DO NOTHING
CREATE STATISTICS s ON a, b FROM t
CREATE VIEW v WITH (security_barrier) AS SELECT 1
CREATE MATERIALIZED VIEW v AS SELECT 1 WITH NO DATA
CREATE INDEX i ON ONLY t (a)
CREATE INDEX i ON t (a) TABLESPACE x
GRANT a TO b
REVOKE a FROM b
GRANT USAGE ON TYPE t TO x
DROP OWNED BY x
SET CONSTRAINTS ALL DEFERRED
INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)
PREPARE TRANSACTION 'x'
\\set x 1
""".strip().splitlines()

READ = """
VACUUM
VACUUM t
VACUUM ANALYZE
DROP INDEX i
COPY t TO STDOUT
CREATE TEMP TABLE t(a int)
CREATE TABLE t (LIKE u)
CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)
CREATE TABLE t (a int) PARTITION BY RANGE (a)
CREATE TABLE t PARTITION OF u FOR VALUES FROM (1) TO (2)
CREATE TABLE "User" ("id" TEXT NOT NULL, "at" TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY ("id"))
ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u(b) ON DELETE SET NULL ON UPDATE CASCADE
ALTER TABLE t ALTER COLUMN a TYPE text USING a::text
ALTER TABLE t SET (fillfactor=70)
ALTER TABLE t ENABLE ROW LEVEL SECURITY
ALTER INDEX i RENAME TO j
ALTER TYPE e ADD VALUE 'x'
ALTER TYPE e RENAME TO f
ALTER VIEW v AS SELECT 1
CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql
CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ SELECT 1 $$
CREATE TYPE e AS ENUM ('a','b')
CREATE VIEW v WITH (security_invoker=true) AS SELECT 1
CREATE MATERIALIZED VIEW v AS SELECT 1
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t USING gin (a gin_trgm_ops)
CREATE UNIQUE INDEX i ON t(lower(a)) WHERE a IS NOT NULL
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()
CREATE POLICY p ON t FOR SELECT TO x USING (a = current_user)
COMMENT ON TABLE t IS 'x'
GRANT SELECT ON t TO x
BEGIN
COMMIT
SAVEPOINT s
SET search_path TO public, s
INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b
UPDATE t SET a = 1
SELECT pg_catalog.set_config('search_path', '', false)
CREATE EXTENSION IF NOT EXISTS "uuid-ossp"
""".strip().splitlines()


@pytest.mark.parametrize("statement", UNREAD)
def test_what_the_parser_does_not_know(statement: str) -> None:
    (piece,) = cut(statement)
    assert not is_read(piece)


@pytest.mark.parametrize("statement", READ)
def test_what_the_parser_knows(statement: str) -> None:
    (piece,) = cut(statement)
    assert is_read(piece)


@pytest.mark.skipif(importlib.util.find_spec("sqloxide") is None, reason="the crate is not installed")
def test_the_crate_says_the_same() -> None:
    parse_sql = importlib.import_module("sqloxide").parse_sql

    def is_parsed(statement: str) -> bool:
        try:
            parse_sql(statement, "postgres")
        except ValueError:
            return False
        return True

    assert [each for each in UNREAD if is_parsed(each)] == []
    assert [each for each in READ if not is_parsed(each)] == []


@pytest.mark.parametrize(
    ("script", "pieces"),
    [
        ("", []),
        (" -- nothing\n;;/* ; */", []),
        ("a; b", ["a", "b"]),
        ("a 'x;''y'; b", ["a 'x;''y'", "b"]),
        (r"a E'x\';y'; b", [r"a E'x\';y'", "b"]),
        (r"a 'x\'; b", [r"a 'x\'", "b"]),
        ('a "x;""y"; b', ['a "x;""y"', "b"]),
        ("a $$x;y$$; b", ["a $$x;y$$", "b"]),
        ("a $f$ $$;$$ $f$; b", ["a $f$ $$;$$ $f$", "b"]),
        ("a $1; b", ["a $1", "b"]),
        ("a$b$c; d$b$", ["a$b$c", "d$b$"]),
        ("a /* /* ; */ ; */ b; c", ["a /* /* ; */ ; */ b", "c"]),
        ("-- it's\na; b", ["-- it's\na", "b"]),
        ("f(a; b); c", ["f(a; b)", "c"]),
        ("create function f() begin atomic select case when a then b end; select 2; end; c", None),
        ("a 'never closed; b", ["a 'never closed; b"]),
        ("a U&'x;' ; b U&\"x;\"", ["a U&'x;'", 'b U&"x;"']),
    ],
)
def test_a_script_is_cut_where_statements_end(script: str, pieces: list[str] | None) -> None:
    found = [each.sql.strip() for each in cut(script)]
    assert found == pieces if pieces is not None else found[1:] == ["c"]


@given(
    st.lists(
        st.sampled_from(["a", "'x;'", "$$;$$", "/* ; */", "-- ;\n", ";", "E'\\';'", '";"', " ", "(", ")", "$t$;$t$"])
    )
)
def test_the_pieces_are_the_script(parts: list[str]) -> None:
    script = "".join(parts)
    pieces = cut(script)
    for each in pieces:
        assert script[each.start :].startswith(each.sql)
        assert each.words
    assert [each.start for each in pieces] == sorted({each.start for each in pieces})


def test_a_place_is_in_a_statement() -> None:
    pieces = cut("CREATE TABLE a();\nCREATE TABEL b();")
    assert [piece_at(pieces, at) for at in (1, 17, 18, 26)] == [1, 1, 2, 2]
    assert piece_at((), 1) is None


def test_one_that_is_not_read_is_named() -> None:
    found = unread(cut("CREATE TABLE a(); DO $$ $$; REINDEX TABLE a"))
    assert found is not None
    assert found.words[0] == "DO"
    assert unread(cut("CREATE TABLE a(); SELECT 1")) is None

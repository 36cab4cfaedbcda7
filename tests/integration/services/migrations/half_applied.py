"""Revisions as lists of statements, of many kinds, and what can be taken away of them: states to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spec:
    """A revision: what was there before, its statements, and how single effects can be missing or half there.

    `removed`: statement number -> SQL that takes its effect away when all were run (and nothing else's). `half`:
    statement number -> SQL that leaves it half done when all before it were run. `invisible`: numbers of statements
    that leave nothing in the catalog, `fleeting`: of those whose effect a later one takes away. `stays`: of those that
    can't be undone. `schemas` are made beside `r`.
    """

    name: str
    setup: str
    statements: tuple[str, ...]
    removed: Mapping[int, str] = field(default_factory=dict)
    half: Mapping[int, str] = field(default_factory=dict)
    invisible: frozenset[int] = frozenset()
    stays: frozenset[int] = frozenset()
    fleeting: frozenset[int] = frozenset()
    schemas: tuple[str, ...] = ()


BASE = """
CREATE TABLE people (id integer PRIMARY KEY, name text DEFAULT 'x' NOT NULL, age integer, note varchar(10));
CREATE INDEX people_age ON people (age);
CREATE TABLE pets (id integer PRIMARY KEY, person integer, name text, CONSTRAINT named CHECK (name <> ''));
CREATE VIEW grown AS SELECT id, name FROM people WHERE age > 17;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER touching BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TYPE mood AS ENUM ('sad', 'ok');
COMMENT ON TABLE people IS 'Before';
"""
TWICE = "INSERT INTO people (id, age) VALUES (1, 5), (2, 5);"

SPECS = (
    Spec(
        "tables",
        BASE,
        (
            "CREATE TABLE a (id serial PRIMARY KEY, t text NOT NULL DEFAULT 'q', n integer CHECK (n > 0))",
            "CREATE INDEX a_t ON a (t)",
            "ALTER TABLE people ADD COLUMN born date NOT NULL DEFAULT '2000-01-01'",
            "COMMENT ON TABLE people IS 'After'",
        ),
        removed={
            2: "DROP INDEX a_t",
            3: "ALTER TABLE people DROP COLUMN born",
            4: "COMMENT ON TABLE people IS 'Before'",
        },
        half={
            1: "CREATE TABLE a (id integer)",
            3: "ALTER TABLE people ADD COLUMN born date",
        },
    ),
    Spec(
        "constraints",
        BASE,
        (
            "ALTER TABLE pets ADD CONSTRAINT owned FOREIGN KEY (person) REFERENCES people NOT VALID",
            "ALTER TABLE pets VALIDATE CONSTRAINT owned",
            "ALTER TABLE people ADD CONSTRAINT one_name UNIQUE (name)",
            "ALTER TABLE people ALTER COLUMN age SET NOT NULL",
            "ALTER TABLE pets DROP CONSTRAINT named",
        ),
        removed={
            3: "ALTER TABLE people DROP CONSTRAINT one_name",
            4: "ALTER TABLE people ALTER COLUMN age DROP NOT NULL",
            5: "ALTER TABLE pets ADD CONSTRAINT named CHECK (name <> '')",
        },
    ),
    Spec(
        "concurrent indexes",
        BASE + TWICE,
        (
            "CREATE INDEX CONCURRENTLY people_name ON people (name)",
            "DROP INDEX CONCURRENTLY people_age",
            "CREATE UNIQUE INDEX CONCURRENTLY people_id_age ON people (id, age)",
        ),
        removed={1: "DROP INDEX people_name", 2: "CREATE INDEX people_age ON people (age)"},
        half={
            3: "UPDATE people SET id = 2; CREATE UNIQUE INDEX CONCURRENTLY people_id_age ON people (age)",
        },
    ),
    Spec(
        "types",
        BASE,
        (
            "CREATE TYPE color AS ENUM ('red', 'green')",
            "CREATE TABLE cars (id integer PRIMARY KEY, color color DEFAULT 'red')",
            "CREATE DOMAIN price AS numeric(8, 2) CHECK (VALUE >= 0)",
            "ALTER TABLE cars ADD price price",
        ),
        removed={4: "ALTER TABLE cars DROP COLUMN price"},
        half={1: "CREATE TYPE color AS ENUM ('red')"},
    ),
    Spec(
        "enum values",
        BASE,
        (
            "ALTER TYPE mood ADD VALUE 'happy'",
            "ALTER TABLE people ADD COLUMN mood mood",
            "ALTER TABLE people ALTER COLUMN mood SET DEFAULT 'happy'",
        ),
        removed={3: "ALTER TABLE people ALTER COLUMN mood DROP DEFAULT"},
        stays=frozenset({1}),
    ),
    Spec(
        "views",
        BASE,
        (
            "CREATE OR REPLACE VIEW grown AS SELECT id, name FROM people WHERE age > 20",
            "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS n FROM people GROUP BY age",
            "CREATE UNIQUE INDEX ages_age ON ages (age)",
            "GRANT SELECT ON ages TO PUBLIC",
            "CREATE VIEW old AS SELECT * FROM grown",
        ),
        removed={
            1: "CREATE OR REPLACE VIEW grown AS SELECT id, name FROM people WHERE age > 17",
            3: "DROP INDEX ages_age",
            4: "REVOKE SELECT ON ages FROM PUBLIC",
            5: "DROP VIEW old",
        },
        half={2: "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS n FROM people GROUP BY age WITH NO DATA"},
    ),
    Spec(
        "functions",
        BASE,
        (
            "CREATE FUNCTION twice(x integer) RETURNS integer LANGUAGE sql AS 'SELECT x * 2'",
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$",
            "CREATE TRIGGER petting BEFORE INSERT ON pets FOR EACH ROW EXECUTE FUNCTION touch()",
            "ALTER TABLE people DISABLE TRIGGER touching",
            "CREATE PROCEDURE clean() LANGUAGE sql AS 'DELETE FROM pets'",
            "REVOKE EXECUTE ON FUNCTION twice(integer) FROM PUBLIC",
        ),
        removed={
            2: "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
            3: "DROP TRIGGER petting ON pets",
            4: "ALTER TABLE people ENABLE TRIGGER touching",
            5: "DROP PROCEDURE clean()",
            6: "GRANT EXECUTE ON FUNCTION twice(integer) TO PUBLIC",
        },
    ),
    Spec(
        "what was dropped and can come back",
        BASE,
        (
            "DROP VIEW grown",
            "DROP TRIGGER touching ON people",
            "DROP FUNCTION touch()",
            "DROP INDEX people_age",
            "ALTER TABLE people ALTER COLUMN name DROP DEFAULT, ALTER COLUMN name DROP NOT NULL",
            "DROP TYPE mood",
        ),
        half={5: "ALTER TABLE people ALTER COLUMN name DROP DEFAULT"},
    ),
    Spec(
        "what was dropped for good",
        BASE,
        ("ALTER TABLE pets DROP COLUMN name", "CREATE INDEX pets_person ON pets (person)", "DROP TABLE pets"),
        stays=frozenset({1, 3}),
        fleeting=frozenset({2}),
    ),
    Spec(
        "changed columns",
        BASE,
        (
            "ALTER TABLE people ALTER COLUMN name SET DEFAULT 'y'",
            "ALTER TABLE people ALTER COLUMN note TYPE varchar(20)",
            "ALTER TABLE people ALTER COLUMN age SET STORAGE PLAIN, ALTER COLUMN age SET DEFAULT 3",
        ),
        removed={1: "ALTER TABLE people ALTER COLUMN name SET DEFAULT 'x'"},
        stays=frozenset({2}),
    ),
    Spec(
        "rows",
        BASE,
        (
            "CREATE TABLE countries (code text PRIMARY KEY)",
            "INSERT INTO countries VALUES ('ch'), ('fr')",
            "CREATE INDEX countries_code ON countries (code)",
            "ALTER TABLE pets ADD COLUMN country text REFERENCES countries",
        ),
        removed={3: "DROP INDEX countries_code", 4: "ALTER TABLE pets DROP COLUMN country"},
        invisible=frozenset({2}),
    ),
    Spec(
        "rows of others",
        BASE + TWICE,
        (
            "ALTER TABLE people ADD COLUMN grown boolean",
            "UPDATE people SET grown = age > 17",
            "ALTER TABLE people ALTER COLUMN grown SET NOT NULL",
        ),
        removed={3: "ALTER TABLE people ALTER COLUMN grown DROP NOT NULL"},
        invisible=frozenset({2}),
        stays=frozenset({2}),
    ),
    Spec(
        "partitions",
        BASE,
        (
            "CREATE TABLE visits (id integer, at date NOT NULL) PARTITION BY RANGE (at)",
            "CREATE TABLE visits_a PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
            "CREATE TABLE visits_b (id integer, at date NOT NULL)",
            "ALTER TABLE visits ATTACH PARTITION visits_b FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
            "CREATE INDEX visits_at ON visits (at)",
        ),
        removed={2: "DROP TABLE visits_a", 4: "ALTER TABLE visits DETACH PARTITION visits_b"},
    ),
    Spec(
        "row security",
        BASE,
        (
            "ALTER TABLE people ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY mine ON people FOR SELECT USING (name = CURRENT_USER)",
            "ALTER TABLE people FORCE ROW LEVEL SECURITY",
            "GRANT SELECT, INSERT ON people TO PUBLIC",
            "ALTER TABLE pets SET UNLOGGED",
        ),
        removed={
            1: "ALTER TABLE people DISABLE ROW LEVEL SECURITY",
            2: "DROP POLICY mine ON people",
            3: "ALTER TABLE people NO FORCE ROW LEVEL SECURITY",
            4: "REVOKE SELECT, INSERT ON people FROM PUBLIC",
            5: "ALTER TABLE pets SET LOGGED",
        },
        half={4: "GRANT SELECT ON people TO PUBLIC"},
    ),
    Spec(
        "sequences",
        BASE,
        (
            "CREATE SEQUENCE numbers START 100",
            "ALTER TABLE people ADD COLUMN number integer DEFAULT nextval('numbers')",
            "ALTER SEQUENCE numbers OWNED BY people.number",
            "ALTER TABLE pets ADD COLUMN tag bigint GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE pets ADD COLUMN chip serial",
        ),
        removed={
            3: "ALTER SEQUENCE numbers OWNED BY NONE",
            4: "ALTER TABLE pets DROP COLUMN tag",
            5: "ALTER TABLE pets DROP COLUMN chip",
        },
    ),
    Spec(
        "renames",
        BASE,
        (
            "ALTER TABLE pets RENAME TO animals",
            "ALTER TABLE animals RENAME COLUMN name TO called",
            "ALTER INDEX people_age RENAME TO people_by_age",
        ),
        removed={3: "ALTER INDEX people_by_age RENAME TO people_age"},
        stays=frozenset({1, 2}),
    ),
    Spec(
        "there and back",
        BASE,
        (
            "CREATE TABLE passing (id integer)",
            "INSERT INTO passing VALUES (1)",
            "DROP TABLE passing",
            "ALTER TABLE people ADD COLUMN size integer",
        ),
        removed={4: "ALTER TABLE people DROP COLUMN size"},
        invisible=frozenset({2}),
        fleeting=frozenset({1, 3}),
    ),
    Spec(
        "schemas",
        BASE,
        (
            "CREATE SCHEMA annex",
            "CREATE TABLE annex.notes (id integer PRIMARY KEY, pet integer REFERENCES pets)",
            "CREATE STATISTICS annex.together ON id, pet FROM annex.notes",
            "CREATE RULE keep AS ON DELETE TO annex.notes DO INSTEAD NOTHING",
            "ALTER TABLE annex.notes SET (fillfactor = 60)",
        ),
        removed={
            3: "DROP STATISTICS annex.together",
            4: "DROP RULE keep ON annex.notes",
            5: "ALTER TABLE annex.notes RESET (fillfactor)",
        },
        schemas=("annex",),
    ),
    Spec(
        "what only reads",
        BASE,
        (
            "SET lock_timeout = '5s'",
            "SELECT pg_catalog.count(*) FROM pg_catalog.pg_class",
            "CREATE TABLE IF NOT EXISTS people (id integer)",
            "CREATE INDEX pets_name ON pets (name)",
        ),
        removed={4: "DROP INDEX pets_name"},
        invisible=frozenset({1, 2, 3}),
    ),
)

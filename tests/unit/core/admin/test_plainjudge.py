"""What of a plain dump is run, what is left out, what is refused; and which roles its statements name."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.archiveroles import roles_named
from nexus_studio.core.admin.plaindump import pieces
from nexus_studio.core.admin.plainjudge import Judge, PlainOptions, Refused

ALL = PlainOptions()


def run(text: str, options: PlainOptions = ALL) -> tuple[str, tuple[str, ...]]:
    """Return what is run of a dump, and the warnings."""
    judge = Judge(options)
    said = b"\n".join(judge.judged(each).strip() for each in pieces([text.encode()]))
    return "\n".join(line for line in said.decode().splitlines() if line), tuple(judge.warnings)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ('DROP DATABASE "x";', "archive.drops_database"),
        ("CREATE DATABASE x WITH TEMPLATE = template0;", "archive.drops_database"),
        ("alter  database x owner to y;", "archive.drops_database"),
        ("COMMENT ON DATABASE x IS 'a';", "archive.drops_database"),
        ("GRANT CONNECT ON DATABASE x TO y;", "archive.drops_database"),
        ("\\connect x\n", "archive.connects"),
        ("\\c x\n", "archive.connects"),
        ("\\restrict x\n", ""),
        ("\\encoding UTF8\n", ""),
        ("COMMENT ON EXTENSION plpgsql IS 'x';", ""),
        ("BEGIN;", ""),
        ("COMMIT;", ""),
        ("DROP TABLE t;", ""),
        ("ALTER TABLE ONLY t DROP CONSTRAINT c;", ""),
        ("SELECT pg_catalog.lo_unlink('1');", ""),
    ],
)
def test_what_is_left_out(text: str, warning: str) -> None:
    assert run(text) == ("", (warning,) if warning else ())


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("\\! ls\n", "archive.commands", "\\!"),
        ("\\set ON_ERROR_STOP off\n", "archive.commands", "\\set"),
        ("\\copy t from x\n", "archive.commands", "\\copy"),
        ("\\connect a\n\\connect b\n", "archive.several_databases", "\\connect"),
        ("CREATE ROLE x;", "archive.cluster", "CREATE ROLE"),
        ("DROP USER x;", "archive.cluster", "DROP USER"),
        ("ALTER SYSTEM SET a TO 1;", "archive.cluster", "ALTER SYSTEM"),
        ("CREATE TABLESPACE x LOCATION '/';", "archive.cluster", "CREATE TABLESPACE"),
        ("ROLLBACK;", "archive.commands", "ROLLBACK"),
        ("PREPARE TRANSACTION 'x';", "archive.commands", "PREPARE TRANSACTION"),
        ("COPY t TO PROGRAM 'x';", "archive.commands", "COPY PROGRAM"),
        (
            "SELECT set_config('standard_conforming_strings', 'off', false);",
            "archive.commands",
            "standard_conforming_strings",
        ),
    ],
)
def test_what_is_refused(text: str, code: str, named: str) -> None:
    with pytest.raises(Refused) as refused:
        run(text)
    assert (refused.value.code, refused.value.named) == (code, named)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE USER MAPPING FOR x SERVER s;",
        "COMMENT ON TABLE public.database IS 'DROP DATABASE x';",
        "GRANT SELECT ON TABLE public.database TO x;",
        "INSERT INTO t VALUES ('\\! ls', 'DROP DATABASE x;');",
        "SELECT pg_catalog.setval('s', 1);",
        "ALTER TABLE t OWNER TO x;",
        "CREATE EXTENSION IF NOT EXISTS plpgsql;",
        "COPY t FROM stdin;\n\\connect x\n\\.",
        "CREATE TABLE t ();\nDROP TABLE t;",
    ],
)
def test_what_is_run_as_it_is(text: str) -> None:
    assert run(text + "\n") == (text, ())


def test_what_was_chosen_to_be_left_out_is() -> None:
    text = (
        "SET SESSION AUTHORIZATION x;\nALTER TABLE t OWNER TO x;\nGRANT ALL ON t TO x;\nREVOKE ALL ON t FROM x;\n"
        "ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT SELECT ON TABLES TO y;\n"
        'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;\nCOMMENT ON EXTENSION "uuid-ossp" IS \'\';\n'
        "SET transaction_timeout = 0;\nBEGIN;\nCOMMIT;\n"
    )
    assert run(text, PlainOptions(16, owners=False, privileges=False, skips_extensions={"uuid-ossp"}))[0] == ""
    kept = run(text, PlainOptions(17, is_atomic=False))[0]
    assert kept == text.strip()


def test_the_schema_public_is_made_only_where_it_is_not() -> None:
    assert run("CREATE SCHEMA public;") == ("CREATE SCHEMA IF NOT EXISTS public;", ())


def test_the_roles_that_statements_name() -> None:
    text = """
ALTER TABLE public.t OWNER TO "Own ""er";
GRANT SELECT,INSERT ON TABLE public.t TO reader WITH GRANT OPTION;
GRANT ALL ON SCHEMA public TO PUBLIC;
REVOKE ALL ON SCHEMA public FROM a, b;
ALTER DEFAULT PRIVILEGES FOR ROLE c IN SCHEMA public GRANT SELECT ON TABLES TO d;
CREATE POLICY p ON t TO e, "f" USING (true);
CREATE USER MAPPING FOR g SERVER s;
SET SESSION AUTHORIZATION 'h';
COMMENT ON TABLE t IS 'OWNER TO nobody';
"""
    assert list(roles_named(text)) == ['Own "er', "reader", "a", "b", "c", "d", "e", "f", "g", "h"]

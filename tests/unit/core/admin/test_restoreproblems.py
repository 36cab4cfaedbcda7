"""What pg_restore and psql say, without the rows that stand in it."""

from __future__ import annotations

from nexus_studio.core.admin.restoreproblems import problem, problems_in

RESTORE = """pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 216; 1259 16391 TABLE items postgres
pg_restore: error: could not execute query: ERROR:  type "public.vector" does not exist
LINE 3:     v public.vector(3)
              ^
Command was: CREATE TABLE public.items (
    v public.vector(3)
);


pg_restore: from TOC entry 3342; 0 16391 TABLE DATA t postgres
pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax for type integer: "a secret"
CONTEXT:  COPY t, line 2, column id: "a secret"
pg_restore: from TOC entry 3343; 0 16391 TABLE DATA u postgres
pg_restore: error: COPY failed for table "u": ERROR:  duplicate key value violates unique constraint "u_pkey"
DETAIL:  Key (mail)=(a secret) already exists.
CONTEXT:  COPY u, line 7
pg_restore: warning: errors ignored on restore: 3
"""


def test_each_error_names_what_was_restored_and_no_value() -> None:
    assert problems_in(RESTORE) == (
        'TABLE items postgres: type "public.vector" does not exist',
        "TABLE DATA t postgres: COPY t, line 2: invalid input syntax for type integer",
        'TABLE DATA u postgres: COPY u, line 7: duplicate key value violates unique constraint "u_pkey"',
    )


def test_psql_says_it_in_a_line() -> None:
    said = (
        'psql:<stdin>:36: ERROR:  invalid input value for enum mood: "a secret"\nCONTEXT:  COPY t, line 1, column m: "x'
    )
    assert problems_in(said) == ("COPY t, line 1: invalid input value for enum mood",)


def test_what_pg_restore_says_of_the_file() -> None:
    assert problems_in("pg_restore: error: could not uncompress data: incorrect data check") == (
        "could not uncompress data: incorrect data check",
    )
    assert problems_in("pg_restore: warning: something\n") == ()


def test_what_is_quoted_of_the_dump_is_no_error() -> None:
    said = (
        "pg_restore: from TOC entry 9; 0 1 FUNCTION f() postgres\n"
        "pg_restore: error: could not execute query: ERROR:  no such type\n"
        "Command was: CREATE FUNCTION f() AS $$\nERROR:  not this one\n$$;\n"
        "pg_restore: from TOC entry 10; 0 2 TABLE t postgres\n"
        "pg_restore: error: could not execute query: ERROR:  nor that\n"
    )
    assert problems_in(said) == ("FUNCTION f() postgres: no such type", "TABLE t postgres: nor that")


def test_a_problem_of_the_driver_is_written_alike() -> None:
    assert problem('value too long: "a secret"', 'COPY t, line 3, column a: "a secret"') == (
        "COPY t, line 3: value too long"
    )

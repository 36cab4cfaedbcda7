"""Plain dumps are cut as psql cuts them, whatever the sizes of the chunks they come in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.plaindump import Piece, PieceKind, Unreadable, is_copy_in, pieces, words_of

DUMP = rb"""--
-- PostgreSQL database dump
--

\restrict abc

SET standard_conforming_strings = on; SELECT 'it''s; --', "a;""b", E'\'; \\' /* ; /* ; */ */, $$;'$$, $x$ $$; $x$;
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN (1 = 1) THEN 1 ELSE 2 END; SELECT 2; END;
CREATE OR REPLACE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);
COPY public.t (a, "from stdin") FROM stdin WITH (FORMAT csv);
1	';
\N	\\.
 \.
\.x
\.

INSERT INTO t VALUES (1, 'x'), (2, e'\n;');
COPY u FROM stdin;
\.
-- the end; of it
"""


def cut(data: bytes, size: int = 1 << 20) -> list[Piece]:
    return list(pieces(data[at : at + size] for at in range(0, len(data), size)))


def told(found: list[Piece]) -> list[tuple[PieceKind, bytes]]:
    """Return what was cut, the rows of a COPY in one."""
    said: list[tuple[PieceKind, bytes]] = []
    for each in found:
        if said and each.kind is PieceKind.ROWS is said[-1][0]:
            said[-1] = (PieceKind.ROWS, said[-1][1] + each.text)
        else:
            said.append((each.kind, each.body if each.kind is not PieceKind.ROWS else each.text))
    return said


def test_a_dump_is_cut_into_its_statements_commands_and_rows() -> None:
    found = told(cut(DUMP))
    assert [kind.value for kind, _ in found] == [
        "command", "statement", "statement", "statement", "statement", "statement",
        "statement", "rows", "statement", "statement", "rows", "rest",
    ]  # fmt: skip
    bodies = [body for kind, body in found if kind is PieceKind.STATEMENT]
    assert bodies[1].endswith(b"$x$ $$; $x$;")
    assert bodies[2].endswith(b"SELECT 2; END;")
    assert bodies[3].endswith(b"SELECT 1; END;")
    assert bodies[4].endswith(b"SELECT 2);")
    rows = [body for kind, body in found if kind is PieceKind.ROWS]
    assert rows[0].endswith(b"\n\\.x\n\\.\n")
    assert rows[1] == b"\n\\.\n"


@given(st.integers(1, 40))
def test_the_sizes_of_chunks_do_not_matter(size: int) -> None:
    found = cut(DUMP, size)
    assert b"".join(each.text for each in found) == DUMP
    assert told(found) == told(cut(DUMP))


@given(st.lists(st.sampled_from([*b"'\"$;()\\-/*\n\t aEe1", 0x80]), max_size=60).map(bytes), st.integers(1, 9))
def test_whatever_comes_is_cut_the_same_in_all_sizes_or_not_at_all(data: bytes, size: int) -> None:
    def outcome(size: int) -> object:
        found: list[Piece] = []
        try:
            for each in pieces(data[at : at + size] for at in range(0, len(data), size)):
                found.append(each)  # noqa: PERF402 - what comes before an error counts too
        except Unreadable:
            return told(found), "unreadable"
        assert b"".join(each.text for each in found) == data
        return told(found), ""

    assert outcome(size) == outcome(1 << 20)


def test_windows_line_ends_end_rows_too() -> None:
    found = cut(b"COPY t FROM stdin;\r\n1\r\n\\.\r\nSELECT 1;\r\n", 3)
    assert [each.body for each in found if each.kind is PieceKind.STATEMENT] == [b"COPY t FROM stdin;", b"SELECT 1;"]


def test_strings_follow_the_setting() -> None:
    on, off = b"SET standard_conforming_strings TO 'on';\n", b"SET standard_conforming_strings = off;\n"
    found = cut(off + b"SELECT 'a\\'; b';\n" + on + b"SELECT '\\';")
    bodies = [each.body for each in found if each.kind is PieceKind.STATEMENT]
    assert bodies[1] == b"SELECT 'a\\'; b';"
    assert bodies[3] == b"SELECT '\\';"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"SELECT 'open;\n", "open"),
        (b"SELECT 1", "open"),
        (b"/* open ; ", "open"),
        (b"COPY t FROM stdin;\n1\n", "open"),
        (b"COPY t FROM stdin;\n\\. \n", "open"),
        (b"COPY t FROM stdin; SELECT 1;\n1\n\\.\n", "line"),
        (b"SELECT 1 \\g\n;", "command"),
        (b"SELECT 1 \\; SELECT 2;", "command"),
    ],
)
def test_what_psql_would_not_read_like_that_is_not_cut(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        cut(data)


def test_copies_are_known_by_their_words() -> None:
    for statement in (
        b"COPY t FROM STDIN;",
        b"copy t(a) /* x */ from\n--\nstdin with (format csv);",
        b'COPY "to" FROM stdin;',
    ):
        assert is_copy_in(statement)
    for statement in (
        b"COPY t TO stdout;",
        b"COPY t FROM '/x stdin';",
        b"SELECT 'COPY t FROM stdin';",
        b'COPY "t from stdin" TO x;',
    ):
        assert not is_copy_in(statement)
    assert words_of(b"DROP /* a */ DATABASE \"b c\" 'd' $$e$$ -- f\n g1;") == [b"drop", b"database", b"g1"]


def test_rows_take_no_more_memory_than_a_chunk() -> None:
    def rows() -> Iterator[bytes]:
        yield b"COPY t FROM stdin;\n"
        for _ in range(200):
            yield b"x" * 4096 + b"\n"
        yield b"\\.\n"

    assert max(len(each.text) for each in pieces(rows())) < 3 * 4096


def test_a_long_statement_is_looked_at_few_times() -> None:
    long = b"INSERT INTO t VALUES (" + b"E'\\\\'," * 100_000 + b"1);"
    found = cut(long, 1000)
    assert [len(each.text) for each in found] == [len(long)]
    assert re.search(rb"1\);$", found[0].text)

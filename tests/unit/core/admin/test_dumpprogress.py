"""How far a dump is, from what pg_dump says and what was written."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.backups import Compression
from nexus_studio.core.admin.dumpprogress import DumpProgress
from nexus_studio.core.names import RelationName

MB = 1 << 20
A, B, C = (RelationName("public", name) for name in "abc")
SIZES = {A: 10 * MB, B: 30 * MB, C: 60 * MB}


def begun(name: str) -> str:
    return f'pg_dump: dumping contents of table "public.{name}"'


def test_tables_are_done_when_the_next_begins() -> None:
    progress = DumpProgress(SIZES, Compression.NONE)
    assert (progress.tables_done, progress.done, progress.total, progress.tables) == (0, 0, 100 * MB, 3)
    assert not progress.hear(begun("a"))
    progress.wrote(5 * MB)
    assert progress.tables_done == 0
    assert 0 < progress.done < 10 * MB
    progress.wrote(20 * MB)
    assert progress.done < 10 * MB  # it is not done, whatever was written
    progress.hear(begun("b"))
    assert (progress.tables_done, progress.done) == (1, 10 * MB)
    progress.wrote(30 * MB)
    assert progress.done == 15 * MB  # as many bytes of tables for one that is written as until now
    progress.end()
    assert (progress.tables_done, progress.done) == (3, 100 * MB)


def test_several_jobs_say_when_a_table_is_done() -> None:
    progress = DumpProgress(SIZES, Compression.GZIP, jobs=2)
    for name in "ca":
        progress.hear(begun(name))
    assert progress.tables_done == 0
    progress.hear("pg_dump: finished item 3012 TABLE DATA a")
    assert (progress.tables_done, progress.done) == (1, 10 * MB)
    progress.hear(begun("b"))
    progress.hear("pg_dump: finished item 3013 TABLE DATA c")
    assert (progress.tables_done, progress.done) == (2, 70 * MB)


def test_all_before_the_table_it_is_at_are_done() -> None:
    progress = DumpProgress(SIZES, Compression.NONE)
    progress.at(C)
    assert (progress.tables_done, progress.done) == (2, 40 * MB)
    progress.at(C)
    progress.at(RelationName("public", "new"))
    assert progress.tables_done == 2


def test_how_far_it_is_never_goes_back() -> None:
    progress = DumpProgress(SIZES, Compression.GZIP)
    seen = []
    for name in "abc":
        progress.hear(begun(name))
        for _ in range(5):
            progress.wrote(progress._written + MB)
            seen.append(progress.done)
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("line", "is_kept"),
    [
        ("pg_dump: reading schemas", False),
        ('pg_dump: error: query failed: ERROR:  permission denied for table "t"', True),
        ("pg_dump: detail: Query was: LOCK TABLE t", True),
        ("bash: pg_dump: cannot execute", True),
    ],
)
def test_only_words_of_errors_are_kept(line: str, is_kept: bool) -> None:
    assert DumpProgress(SIZES, Compression.NONE).hear(line) is is_kept


def test_what_follows_an_error_belongs_to_it() -> None:
    progress = DumpProgress({}, Compression.NONE)
    assert not progress.hear("pg_dump: last built-in OID is 16383")
    assert not progress.hear("of a name with a line feed")
    assert progress.hear("pg_dump: error: server closed the connection unexpectedly")
    assert progress.hear("\tThis probably means the server terminated abnormally")

"""What is made of the words of pg_restore and psql when they fail."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.restorewords import failure_of


@pytest.mark.parametrize(
    ("said", "status", "words", "reason"),
    [
        ("psql:<stdin>:7: ERROR:  division by zero", 3, "division by zero", "statement"),
        (
            "psql:<stdin>:7: server closed the connection\npsql:<stdin>:7: error: connection to server was lost",
            2,
            "connection to server was lost",
            "connection_lost",
        ),
        (
            "pg_restore: error: could not read from input file: end of file",
            1,
            "could not read from input file: end of file",
            "archive",
        ),
        (
            'ERROR:  invalid input syntax for type integer: "Jane"\nCONTEXT:  COPY people, line 3, column id: "Jane"',
            1,
            "invalid input syntax for type integer",
            "statement",
        ),
        ("", -9, "ended by signal 9", "killed"),
        ("", 2, "ended with 2", "statement"),
    ],
)  # fmt: skip
def test_words_and_reason(said: str, status: int, words: str, reason: str) -> None:
    found = failure_of(said, status)
    assert (found.words, found.reason) == (words, reason)


def test_the_row_is_named_by_its_line_and_not_repeated() -> None:
    found = failure_of('ERROR:  invalid input\nCONTEXT:  COPY people, line 3, column id: "Jane"', 1)
    assert (found.table, found.line) == ("people", 3)
    assert "Jane" not in repr(found)

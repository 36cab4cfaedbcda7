"""What a statement is by its words: its verb, what it loses, whether all rows of a table change."""

from __future__ import annotations

import pytest

from nexus_studio.core.sql.statementwords import Loss, statement_words


@pytest.mark.parametrize(
    ("text", "verb", "all_of"),
    [
        ("DELETE FROM t", "DELETE", ("t",)),
        ('delete from "where" -- where\n', "DELETE", ("where",)),
        ("DELETE FROM ONLY Some.T AS x RETURNING *", "DELETE", ("some", "t")),
        ("DELETE FROM t WHERE a = %(x)s", "DELETE", ()),
        ("DELETE FROM t USING b WHERE t.id = b.id", "DELETE", ()),
        ("DELETE FROM t WHERE id = $1", "DELETE", ()),
        ('UPDATE "S s".t SET a = (SELECT b FROM c WHERE d)', "UPDATE", ("S s", "t")),
        ("UPDATE t SET a = 'where'", "UPDATE", ("t",)),
        ("UPDATE t SET a = 1 FROM b WHERE t.id = b.id", "UPDATE", ()),
        ("UPDATE t SET a = 1; UPDATE t SET a = 2 WHERE b", "UPDATE", ("t",)),
        ("/* DELETE FROM t */ TRUNCATE t", "TRUNCATE", ()),
        ("WITH gone AS (DELETE FROM t) SELECT 1", "WITH", ()),
        ("'unfinished", "", ()),
        ("", "", ()),
        ("(SELECT 1)", "", ()),
    ],
)
def test_verb_and_whole_tables(text: str, verb: str, all_of: tuple[str, ...]) -> None:
    found = statement_words(text)
    assert (found.verb, found.all_of) == (verb, all_of)


@pytest.mark.parametrize(
    ("text", "losses"),
    [
        ("DROP TABLE a", [Loss("drop_table", ("a",))]),
        (
            'DROP TABLE IF EXISTS a, "B b"."C""c" CASCADE',
            [Loss("drop_table", ("a",)), Loss("drop_table", ("B b", 'C"c'))],
        ),
        ("TRUNCATE TABLE ONLY a, b RESTART IDENTITY", [Loss("truncate", ("a",)), Loss("truncate", ("b",))]),
        ("ALTER TABLE a DROP COLUMN IF EXISTS b CASCADE", [Loss("drop_column", ("a",), "b")]),
        ('ALTER TABLE IF EXISTS ONLY s.a DROP "B"', [Loss("drop_column", ("s", "a"), "B")]),
        (
            "ALTER TABLE a ALTER b TYPE numeric(10, 2) USING f(b, 1), ALTER COLUMN c SET DATA TYPE text, DROP d",
            [Loss("type_change", ("a",), "b"), Loss("type_change", ("a",), "c"), Loss("drop_column", ("a",), "d")],
        ),
        ("ALTER TABLE a DROP CONSTRAINT b", []),
        ("ALTER TABLE a ALTER b DROP NOT NULL, ALTER b DROP DEFAULT, ALTER b SET DEFAULT 'type'", []),
        ("ALTER TABLE a ADD COLUMN b int", []),
        ("DROP INDEX a", []),
        ("ALTER TABLE a RENAME COLUMN b TO c", []),
    ],
)
def test_losses(text: str, losses: list[Loss]) -> None:
    assert list(statement_words(text).losses) == losses

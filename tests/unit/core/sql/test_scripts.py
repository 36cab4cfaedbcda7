"""Scripts cut into statements: what is inside of strings, names, comments and bodies does not end one."""

from __future__ import annotations

import pytest

from nexus_studio.core.sql.scripts import BehindCopy, MetaCommand, statements_of

TRICKY = r"""
-- a comment; with a semicolon
INSERT INTO t VALUES ('a;b', E'it\'s;', $$x;y$$, $tag$ $$;$$ $tag$);  /* ; /* nested; */ ; */
SELECT "odd;""name" FROM t; ;
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC
  SELECT CASE WHEN true THEN 1 ELSE 2 END;
  SELECT 2;
END;
CREATE OR REPLACE PROCEDURE p(begin atomic) BEGIN ATOMIC SELECT (CASE WHEN true THEN 1 END); END;
CREATE RULE r AS ON DELETE TO t DO ALSO (DELETE FROM u; DELETE FROM v);
UPDATE t SET a = 1 -- the last one has no semicolon
"""


def test_semicolons_end_statements_only_where_they_do() -> None:
    found = list(statements_of(TRICKY))
    assert [each.words[0] for each in found] == ["insert", "select", "create", "create", "create", "update"]
    assert [each.line for each in found] == [3, 4, 5, 9, 10, 11]
    assert found[0].text.endswith("$tag$)")
    assert found[2].text.endswith("END")
    assert found[3].text.endswith("END); END")
    assert found[4].text.endswith("DELETE FROM v)")
    assert list(statements_of("-- nothing\n /* at all */ ;;\n")) == []


@pytest.mark.parametrize(
    "first",
    [
        "SELECT begin atomic FROM t",
        "CREATE TABLE u AS SELECT begin atomic FROM t",
        "CREATE FUNCTION f(begin atomic) RETURNS int RETURN 1",
    ],
)
def test_a_transactions_end_is_seen_where_no_body_is(first: str) -> None:
    assert [each.ends_transaction for each in statements_of(f"{first}; COMMIT; SELECT 1")] == [False, True, False]


def test_rows_follow_a_copy() -> None:
    script = (
        "COPY t (a, b) FROM stdin;\n1\tone; two\n2\t\\N\n\\.\nSELECT 1;\nCOPY t FROM STDIN WITH (FORMAT csv);\n3,x\n"
    )
    first, second, third = statements_of(script)
    assert (first.text, first.data) == ("COPY t (a, b) FROM stdin", "1\tone; two\n2\t\\N\n")
    assert (second.text, second.data, second.line) == ("SELECT 1", None, 5)
    assert third.data == "3,x\n"
    assert next(statements_of("COPY (SELECT 1 FROM stdin) TO STDOUT;")).data is None


@pytest.mark.parametrize("rest", [" SELECT 1;", "\tDELETE FROM t", " 1\tone"])
@pytest.mark.parametrize("rows", ["\n1\tone\n\\.\n", ""])
def test_what_stands_behind_a_copy_is_not_lost(rest: str, rows: str) -> None:
    with pytest.raises(BehindCopy) as caught:
        list(statements_of(f"SELECT 1;\nCOPY t\nFROM stdin;{rest}{rows}"))
    assert caught.value.line == 3
    for harmless in ("  \r", " ;", " -- the rows of t"):
        assert [each.data for each in statements_of(f"COPY t FROM stdin;{harmless}\n1\n\\.\n")] == ["1\n"]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("BEGIN", True),
        ("start transaction", True),
        ("COMMIT AND CHAIN", True),
        ("END", True),
        ("ROLLBACK", True),
        ("ABORT", True),
        ("PREPARE TRANSACTION 'x'", True),
        ("ROLLBACK TO SAVEPOINT a", False),
        ("rollback work to a", False),
        ("SAVEPOINT a", False),
        ("PREPARE q AS SELECT 1", False),
        ("SELECT 'commit'", False),
    ],
)
def test_what_ends_a_transaction(text: str, ends: bool) -> None:
    (statement,) = statements_of(text)
    assert statement.ends_transaction is ends


def test_what_is_meant_for_psql_is_told() -> None:
    with pytest.raises(MetaCommand) as caught:
        list(statements_of("SELECT 1;\n\n  \\i other.sql\n"))
    assert caught.value.line == 3

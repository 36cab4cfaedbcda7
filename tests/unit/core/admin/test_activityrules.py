"""Who waits for whom, what is to be looked at, how many connections are left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.activity import (
    CLIENT,
    IDLE_IN_TRANSACTION,
    LONG_QUERY,
    LONG_TRANSACTION,
    MARKS,
    Blocked,
    Connections,
    Key,
    SessionRow,
    blocking_tree,
    connections_of,
    marks_of,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_tree_of_three_floors() -> None:
    assert blocking_tree({2: (1,), 3: (2,), 4: (1,)}) == (
        Blocked(1, 0, None, 3),
        Blocked(2, 1, 0, 1),
        Blocked(3, 2, 1, 0),
        Blocked(4, 1, 0, 0),
    )


def test_a_queue_is_a_chain_and_each_stands_once() -> None:
    tree = blocking_tree({2: (1,), 3: (1, 2), 4: (1, 2, 3), 9: (8,)})
    assert [(each.key, each.depth) for each in tree] == [(1, 0), (2, 1), (3, 2), (4, 3), (8, 0), (9, 1)]


def test_a_prepared_transaction_is_waited_for_too() -> None:
    assert [(each.key, each.depth) for each in blocking_tree({5: ("moving",), 6: ("",)})] == [
        ("", 0), (6, 1), ("moving", 0), (5, 1),
    ]  # fmt: skip


def test_circles_are_cut() -> None:
    tree = blocking_tree({1: (2,), 2: (3,), 3: (1,), 4: (4,), 5: (1,)})
    assert sorted(str(each.key) for each in tree) == ["1", "2", "3", "5"]
    assert tree[0] == Blocked(1, 0, None, 3)


def test_a_long_queue_is_laid_out() -> None:
    tree = blocking_tree({n: tuple(range(max(0, n - 3), n)) for n in range(1, 5000)})
    assert (len(tree), tree[-1].depth, tree[0].waiting) == (5000, 4999, 4999)


@given(st.dictionaries(st.integers(1, 12), st.lists(st.integers(1, 12), min_size=1, max_size=4), max_size=12))
def test_every_tree_is_whole(waits: dict[Key, list[Key]]) -> None:
    tree = blocking_tree(waits)
    keys = [each.key for each in tree]
    real = {waiter: set(held) - {waiter} for waiter, held in waits.items() if set(held) - {waiter}}
    assert len(set(keys)) == len(keys)
    assert set(keys) == set(real).union(*real.values()) if real else not keys
    for place, each in enumerate(tree):
        if each.parent is None:
            assert each.depth == 0
            continue
        above = tree[each.parent]
        assert (each.parent < place, above.depth + 1) == (True, each.depth)
        assert above.key in real[each.key]


def session(**more: object) -> SessionRow:
    return SessionRow(1, kind=CLIENT, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "marks"),
    [
        (session(state="idle"), set()),
        (session(state="active", query_start=NOW - LONG_QUERY), {"long_query"}),
        (session(state="active", query_start=NOW - LONG_QUERY + SECOND), set()),
        (session(state="idle", query_start=NOW - LONG_QUERY), set()),
        (session(state="active", transaction_start=NOW - LONG_TRANSACTION), {"long_transaction"}),
        (session(state="idle in transaction", state_change=NOW - IDLE_IN_TRANSACTION), {"idle_in_transaction"}),
        (
            session(
                state="idle in transaction (aborted)",
                state_change=NOW - IDLE_IN_TRANSACTION,
                transaction_start=NOW - LONG_TRANSACTION,
            ),
            {"idle_in_transaction", "long_transaction"},
        ),
        (session(state="idle in transaction", state_change=NOW - IDLE_IN_TRANSACTION + SECOND), set()),
        (session(waits_for=(2,)), {"waits"}),
        (SessionRow(1, kind="autovacuum worker", transaction_start=NOW - LONG_TRANSACTION), set()),
        (SessionRow(1, is_hidden=True), set()),
    ],
)
def test_what_is_to_be_looked_at(row: SessionRow, marks: set[str]) -> None:
    assert marks_of(row, NOW, blocks=False) == marks
    assert marks_of(row, NOW, blocks=True) == marks | {"blocks"} <= set(MARKS)


def test_connections_are_counted() -> None:
    rows = [
        SessionRow(1, kind=CLIENT, application="app", database="d", user="u", state="idle"),
        SessionRow(2, kind=CLIENT, application="app", database="e", user="u", state="active"),
        SessionRow(3, kind=CLIENT, application="psql", database="d", user="v", state="idle"),
        SessionRow(4, kind="checkpointer"),
        SessionRow(5, user="w", application="hidden", database="d", is_hidden=True),
        SessionRow(6, is_hidden=True),  # processes of the server's own, which may not be seen
        SessionRow(7, user="postgres", is_hidden=True),
    ]
    found = connections_of(rows, 10, 3)
    assert (found.used, found.left, found.is_nearly_full) == (4, 3, False)
    assert found.by_application == (("app", 2), ("hidden", 1), ("psql", 1))
    assert found.by_database == (("d", 3), ("e", 1))
    assert found.by_user == (("u", 2), ("v", 1), ("w", 1))
    assert found.by_state == (("idle", 2), ("", 1), ("active", 1))


def test_few_are_left() -> None:
    assert Connections(80, 103, 3).is_nearly_full
    assert not Connections(79, 103, 3).is_nearly_full
    assert Connections(103, 103, 3).left == 0

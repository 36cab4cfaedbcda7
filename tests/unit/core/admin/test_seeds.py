"""The rules of seeds: names, headers, what was counted, parents first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.seeds import (
    CATALOG,
    SeedKind,
    SeedReport,
    SeedSpec,
    TableCount,
    counted,
    effects_of,
    is_seed_name,
    parents_first,
    read_environments,
    read_flag,
    slug,
    sql_header,
    sql_header_of,
)
from nexus_studio.core.effects import Kind
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment

A, B, C = (RelationName("public", name) for name in "abc")


def test_a_header_is_read_as_it_is_written() -> None:
    spec = SeedSpec("maths-coach", "Two\ncoaches", frozenset({Environment.CI}), True, SeedKind.SQL)
    header = sql_header(sql_header_of(spec) + "\nINSERT INTO t VALUES (1);\n-- name: other\n")
    assert {word: value for word, (value, _) in header.items()} == {
        "name": "maths-coach",
        "description": "Two coaches",
        "environments": "ci",
        "idempotent": "yes",
    }
    assert header["idempotent"][1] == 4
    assert sql_header("SELECT 1;\n-- name: late") == {}


def test_names_flags_and_environments() -> None:
    assert slug("  Coach für Maths! ") == "coach-für-maths"
    assert slug("…") == ""
    assert [is_seed_name(each) for each in ("demo", "a.b-c", "", "-x", "a b", "../x", "x/y")] == [True, True] + [
        False
    ] * 5
    assert (read_flag("Yes"), read_flag(" off ")) == (True, False)
    assert read_environments(["CI", " demo "]) == {Environment.CI, Environment.DEMO}
    for read, wrong in ((read_flag, "maybe"), (lambda name: read_environments([name]), "moon")):
        with pytest.raises(ValueError, match=wrong):
            read(wrong)


def test_counts_are_those_in_between() -> None:
    before = (TableCount(A, 5, 1), TableCount(B, 2))
    after = (TableCount(B, 2), TableCount(A, 7, 1, 3), TableCount(C, 1), TableCount(CATALOG, 2))
    found = counted(before, after)
    assert found == (TableCount(CATALOG, 2), TableCount(A, 2, 0, 3), TableCount(C, 1))
    effects = effects_of(found)
    assert (effects.kinds, effects.relations) == (Kind.ROWS | Kind.SIZES | Kind.CATALOG, frozenset({A, C}))
    assert effects_of(()).kinds == Kind.NOTHING
    report = SeedReport("x", 1, True, found[1:])
    assert (dict(report.added), report.total, report.is_empty) == ({"a": 2, "c": 1}, 3, False)


graphs = st.dictionaries(
    st.sampled_from([RelationName("s", name) for name in "abcdefgh"]),
    st.frozensets(st.sampled_from([RelationName("s", name) for name in "abcdefghxy"])),
)


@given(graphs)
def test_parents_come_first_where_they_can(targets: dict[RelationName, frozenset[RelationName]]) -> None:
    order = parents_first(targets)
    assert sorted(order) == sorted(targets)
    place = {name: number for number, name in enumerate(order)}

    def reaches(start: RelationName, end: RelationName) -> bool:
        seen, todo = set(), [start]
        while todo:
            for each in targets.get(todo.pop(), ()):
                if each == end:
                    return True
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        return False

    for child, parents in targets.items():
        for parent in parents & targets.keys():
            if not reaches(parent, child):
                assert place[parent] < place[child]

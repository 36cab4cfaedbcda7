"""The revision graph: its order, what is wrong in it, and what it answers."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.revisions import RevisionFile, RevisionProblem, build_graph, checksum


def rev(
    name: str,
    *down: str,
    depends: tuple[str, ...] = (),
    labels: tuple[str, ...] = (),
    at: datetime | None = None,
    path: str = "",
) -> RevisionFile:
    return RevisionFile(name, down, name, Path(path or f"{name}.py"), "", at, labels, depends)


def histories() -> st.SearchStrategy[list[RevisionFile]]:
    """Revisions without a cycle: each needs some of those before it; then shuffled."""
    return st.builds(_history, st.integers(0, 25), st.integers(0, 2**32))


def _history(number: int, seed: int) -> list[RevisionFile]:
    dice = random.Random(seed)  # drawing each choice from hypothesis takes many times as long
    files: list[RevisionFile] = []
    for place in range(number):
        before = [each.revision for each in files]
        down, depends = (dice.sample(before, min(len(before), dice.choice((0, 1, 1, 2, 3)))) for _ in range(2))
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=dice.randrange(6))
        files.append(rev(f"r{place:02}", *down, depends=tuple(depends), at=dice.choice((None, day))))
    dice.shuffle(files)
    return files


@given(histories())
def test_what_is_needed_stands_before(files: list[RevisionFile]) -> None:
    graph = build_graph(files)
    assert not graph.problems
    assert set(graph.revisions) == {each.revision for each in files}
    seen: set[str] = set()
    for name, each in graph.revisions.items():
        assert set(each.down) | set(each.depends_on) <= seen
        seen.add(name)


@given(histories(), st.integers(0, 2**32))
def test_the_order_does_not_depend_on_the_files(files: list[RevisionFile], seed: int) -> None:
    other = list(files)
    random.Random(seed).shuffle(other)
    assert list(build_graph(files).revisions) == list(build_graph(other).revisions)


@given(histories())
def test_ancestors_children_and_heads_agree(files: list[RevisionFile]) -> None:
    graph = build_graph(files)
    for name in graph.revisions:
        assert (name in graph.heads()) == (not graph.children(name))
        assert all(name in graph.revisions[child].down for child in graph.children(name))
        expected = {name}.union(*(graph.ancestors([other]) for other in graph.needs(name)))
        assert graph.ancestors([name]) == expected
    assert graph.ancestors(["nobody"]) == frozenset()


@given(st.integers(1, 6), st.integers(0, 4))
def test_a_cycle_is_named_and_the_rest_stays(length: int, others: int) -> None:
    ring = [rev(f"c{n}", f"c{(n + 1) % length}") for n in range(length)]
    rest = [rev(f"r{n}", *([f"r{n - 1}"] if n else [])) for n in range(others)]
    graph = build_graph([*ring, *rest, rev("after", "c0")])
    cycles = [each for each in graph.problems if each.code == "cycle"]
    assert len(cycles) == 1
    assert set(cycles[0].revisions) == {each.revision for each in ring} == set(graph.broken)
    for this, following in zip(cycles[0].revisions, (*cycles[0].revisions[1:], cycles[0].revisions[0]), strict=True):
        assert following in graph.broken[this].down
    assert set(graph.revisions) == {each.revision for each in rest} | {"after"}
    assert graph.has("c0")
    assert "missing_parent" not in {each.code for each in graph.problems}


def test_two_cycles_are_two() -> None:
    files = [rev("a", "b"), rev("b", "a"), rev("m", "b"), rev("x", "y", "m"), rev("y", "x"), rev("self", "self")]
    graph = build_graph(files)
    assert sorted(sorted(each.revisions) for each in graph.problems) == [["a", "b"], ["self"], ["x", "y"]]
    assert list(graph.revisions) == ["m"]


def test_a_missing_parent_or_dependency_is_named() -> None:
    graph = build_graph([rev("a"), rev("b", "gone"), rev("c", "a", depends=("lost", "a"))])
    assert [(each.code, each.revision, each.other) for each in graph.problems] == [
        ("missing_parent", "b", "gone"),
        ("missing_dependency", "c", "lost"),
    ]
    assert list(graph.revisions) == ["a", "b", "c"]
    assert graph.heads() == ("b", "c")


def test_of_two_files_with_one_id_the_last_counts_and_both_are_named() -> None:
    graph = build_graph([rev("a", path="1.py"), rev("a", path="2.py"), rev("b", "a")])
    assert [(each.code, each.revision, str(each.path), each.other) for each in graph.problems] == [
        ("duplicate", "a", "1.py", "2.py")
    ]
    assert str(graph.revisions["a"].path) == "2.py"


def test_a_parent_that_can_not_be_placed_is_not_called_missing() -> None:
    problem = RevisionProblem("not_literal", path=Path("x.py"), line=3, revision="x")
    graph = build_graph([rev("b", "x")], [problem])
    assert graph.problems == (problem,)
    assert graph.has("x")
    assert graph.broken["x"].path == Path("x.py")


def test_dependencies_may_be_labels_and_beginnings() -> None:
    files = [rev("abcdef", labels=("shop",)), rev("abxyz"), rev("q", depends=("shop",)), rev("r", depends=("abx",))]
    graph = build_graph(files)
    assert graph.needs("q") == ("abcdef",)
    assert graph.needs("r") == ("abxyz",)
    assert not graph.problems


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ab", None), ("abc", "abcdef"), ("shop", "abcdef"), ("abxyz", "abxyz"), ("", None), ("zz", None)],
)
def test_a_name_is_resolved(name: str, expected: str | None) -> None:
    assert build_graph([rev("abcdef", labels=("shop",)), rev("abxyz")]).resolve(name) == expected


def test_the_oldest_comes_first_with_or_without_zone() -> None:
    plain, aware = datetime(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC)  # noqa: DTZ001 - files write such dates
    graph = build_graph([rev("a", at=aware), rev("b", at=plain), rev("c")])
    assert list(graph.revisions) == ["c", "b", "a"]


def test_two_thousand_are_quick() -> None:
    files = [
        rev(f"r{n:04}", *([f"r{n - 1:04}"] if n else []), depends=(f"r{n // 2:04}",) if n else ()) for n in range(2000)
    ]
    begin = time.process_time()
    graph = build_graph(reversed(files))
    assert len(graph.ancestors(graph.heads())) == 2000
    for name in graph.revisions:
        graph.needs(name)
        graph.children(name)
        graph.resolve(name)
    assert time.process_time() - begin < 0.5  # a tenth of it where nothing else runs


def test_line_ends_do_not_change_a_checksum() -> None:
    assert checksum(b"a\r\nb\n") == checksum(b"a\nb\n") != checksum(b"a\nb")

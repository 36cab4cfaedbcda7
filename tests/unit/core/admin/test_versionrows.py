"""The rows of Alembic's version table, computed."""

from __future__ import annotations

from pathlib import Path

from nexus_studio.core.admin.revisions import RevisionFile, build_graph
from nexus_studio.core.admin.versionrows import descendants, rows_at, rows_with, rows_without


def rev(name: str, *down: str, depends: tuple[str, ...] = ()) -> RevisionFile:
    return RevisionFile(name, down, name, Path(f"{name}.py"), "", None, (), depends)


GRAPH = build_graph(
    [rev("a"), rev("b", "a"), rev("c", "a"), rev("m", "b", "c"), rev("x"), rev("y", "x", depends=("b",))]
)


def test_applying_one_replaces_what_it_builds_on() -> None:
    assert rows_with(GRAPH, (), "a") == ("a",)
    assert rows_with(GRAPH, ("a",), "b") == ("b",)
    assert rows_with(GRAPH, ("b",), "c") == ("b", "c")
    assert rows_with(GRAPH, ("b", "c"), "m") == ("m",)
    assert rows_with(GRAPH, ("b", "x"), "y") == ("y",)  # what a row depends on has none of its own
    assert rows_with(GRAPH, ("stranger",), "a") == ("a", "stranger")


def test_taking_one_back_brings_back_what_it_built_on() -> None:
    assert rows_without(GRAPH, ("m",), "m") == ("b", "c")
    assert rows_without(GRAPH, ("m",), "b") == ("c",)
    assert rows_without(GRAPH, ("y",), "y") == ("b", "x")
    assert rows_without(GRAPH, ("a",), "a") == ()


def test_a_target_is_all_there_is() -> None:
    assert rows_at(GRAPH, ("m", "y")) == ("m", "y")
    assert rows_at(GRAPH, ()) == ()


def test_descendants_follow_dependencies_too() -> None:
    assert descendants(GRAPH, "b") == {"b", "m", "y"}

"""Which rows Alembic's version table has: the applied revisions that no other applied one needs. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from nexus_studio.core.admin.revisions import RevisionGraph


def rows_for(graph: RevisionGraph, applied: Iterable[str]) -> tuple[str, ...]:
    """Return the rows for applied revisions, sorted. Revisions that the folder lacks are rows of their own."""
    names = set(applied)
    needed = {other for name in names for other in graph.needs(name)}
    return tuple(sorted(names - needed))


def rows_with(graph: RevisionGraph, current: Iterable[str], revision: str) -> tuple[str, ...]:
    """Return the rows once a revision, with all it needs, is there too."""
    rows = set(current)
    return rows_for(graph, rows | graph.ancestors([*rows, revision]))


def rows_without(graph: RevisionGraph, current: Iterable[str], revision: str) -> tuple[str, ...]:
    """Return the rows once a revision, and all that needs it, is not there any more."""
    rows = set(current)
    applied = rows | graph.ancestors(rows)
    return rows_for(graph, applied - descendants(graph, revision))


def rows_at(graph: RevisionGraph, targets: Iterable[str]) -> tuple[str, ...]:
    """Return the rows where exactly the targets, and all they need, are there; none for none."""
    return rows_for(graph, graph.ancestors(targets))


def descendants(graph: RevisionGraph, revision: str) -> frozenset[str]:
    """Return a revision and all that needs it, directly or not."""
    found = {revision}
    for name in graph.revisions:  # what is needed stands before
        if found.intersection(graph.needs(name)):
            found.add(name)
    return frozenset(found)

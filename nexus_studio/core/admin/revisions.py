"""What exists: revision files as values, and the graph they make; `services/migrations/revisionfiles` reads them."""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path


def checksum(source: bytes) -> str:
    """Return the SHA-256 of a revision file, lower-case hex; CRLF counts as LF, so that a checkout changes nothing."""
    return hashlib.sha256(source.replace(b"\r\n", b"\n")).hexdigest()


@dataclass(frozen=True, slots=True)
class RevisionFile:
    """One revision as its file says it, read from the syntax tree and never by running it.

    `down` are the parents (several for a merge, none for a base), `labels` the branch labels it declares, `depends_on`
    further revisions (ids or labels) that must be applied before it. `checksum` is the SHA-256 of the file's text with
    CRLF read as LF, lower-case hex. `created_at` is the "Create Date" of the docstring, None when it has none.
    """

    revision: str
    down: tuple[str, ...]
    message: str
    path: Path
    checksum: str
    created_at: datetime | None = None
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionProblem:
    """Why a file or the graph can't be used as it is; everything else still works.

    `code`: "syntax" (Python can't read the file; `line`), "no_revision" (a file without `revision = …`), "not_literal"
    (an identifier is computed, so that reading without running can't know it; `line`), "unreadable" (the file),
    "duplicate" (`revision` twice; `other` is the second file), "missing_parent" (`other` is the id nobody has),
    "missing_dependency", "cycle" (`revisions`, each built on the next). Of Prisma's projects: "no_script" (a folder
    without its migration.sql), "provider" (migration_lock.toml is another database's, `other`).

    `revision` is what the file is about, as far as that can be told; empty otherwise.
    """

    code: str
    path: Path | None = None
    line: int | None = None
    revision: str = ""
    other: str = ""
    revisions: tuple[str, ...] = ()

    @property
    def is_harmless(self) -> bool:
        """Whether Alembic runs the project all the same: it knows what a file computes, reading alone does not."""
        return self.code == "not_literal"


@dataclass(frozen=True, slots=True)
class RevisionGraph:
    """All revisions of a project by id, in an order in which parents and dependencies stand before what needs them.

    Build it with `build_graph`, which keeps out what can't be placed (members of a cycle, a file whose parents are
    computed): that is in `broken`, and `problems` say why. A revision whose parent is missing, or whose file Python
    can't read though its identifiers are plain, is placed all the same.
    """

    revisions: Mapping[str, RevisionFile] = field(default_factory=dict)
    problems: tuple[RevisionProblem, ...] = ()
    broken: Mapping[str, RevisionFile] = field(default_factory=dict)
    _index: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay the index: what is asked of one revision must not walk through all of them."""
        object.__setattr__(self, "_index", _Index.of(self.revisions))

    def heads(self) -> tuple[str, ...]:
        """Return the revisions that no other builds on, sorted. What only another's `depends_on` names stays a head."""
        return tuple(sorted(name for name in self.revisions if name not in self._index.children))

    def children(self, revision: str) -> tuple[str, ...]:
        """Return the revisions that build on one, in the graph's order."""
        return self._index.children.get(revision, ())

    def ancestors(self, revisions: Iterable[str]) -> frozenset[str]:
        """Return the given revisions and all that they need: parents and dependencies. Unknown ids are left out."""
        found: set[str] = set()
        todo = [name for name in revisions if name in self.revisions]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += self.needs(name)
        return frozenset(found)

    def needs(self, revision: str) -> tuple[str, ...]:
        """Return parents and dependencies of a revision, ids only; those the folder lacks are left out."""
        return self._index.needs.get(revision, ())

    def resolve(self, name: str) -> str | None:
        """Return the id that a name means: an id, a branch label, or the beginning of one id only; None otherwise."""
        return name if name in self.revisions else self._index.resolve(name)

    def has(self, revision: str) -> bool:
        """Tell whether the folder has a file of that id, placed or not."""
        return revision in self.revisions or revision in self.broken

    def pending(self, applied: frozenset[str]) -> tuple[RevisionFile, ...]:
        """Return what is still to be applied, in the order in which it would run."""
        return tuple(each for name, each in self.revisions.items() if name not in applied)


@dataclass(frozen=True, slots=True)
class _Index:
    """What a graph is asked about single revisions. `sorted_ids` serves the search for beginnings."""

    children: Mapping[str, tuple[str, ...]]
    needs: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    sorted_ids: Sequence[str]

    @classmethod
    def of(cls, revisions: Mapping[str, RevisionFile]) -> _Index:
        children: dict[str, list[str]] = {}
        labels: dict[str, str] = {}
        for each in revisions.values():
            for parent in each.down:
                children.setdefault(parent, []).append(each.revision)
            for label in each.labels:
                labels.setdefault(label, each.revision)
        index = cls({name: tuple(names) for name, names in children.items()}, {}, labels, sorted(revisions))
        needs = {name: index._needs_of(each, revisions) for name, each in revisions.items()}
        return cls(index.children, needs, labels, index.sorted_ids)

    def resolve(self, name: str) -> str | None:
        if (labelled := self.labels.get(name)) is not None:
            return labelled
        at = bisect_left(self.sorted_ids, name)
        begun = [each for each in self.sorted_ids[at : at + 2] if name and each.startswith(name)]
        return begun[0] if len(begun) == 1 else None

    def _needs_of(self, each: RevisionFile, revisions: Mapping[str, RevisionFile]) -> tuple[str, ...]:
        """Parents are ids; dependencies may be labels or beginnings too, as in Alembic."""
        parents = [name for name in each.down if name in revisions]
        others = [name if name in revisions else self.resolve(name) for name in each.depends_on]
        return tuple(dict.fromkeys([*parents, *(name for name in others if name is not None)]))


def build_graph(files: Iterable[RevisionFile], problems: Iterable[RevisionProblem] = ()) -> RevisionGraph:
    """Put revisions in order, and find what is wrong between them.

    The order does not depend on the files' order: among revisions that may come next, the oldest comes first, then the
    one with the smaller id. Of files with the same id the last one counts, as for Alembic.

    Args:
        files: As they were read.
        problems: What reading found wrong; a file it could read the id of but not place has none in `files`.
    """
    found = list(problems)
    named: dict[str, RevisionFile] = {}
    for each in files:
        if (first := named.get(each.revision)) is not None:
            found.append(RevisionProblem("duplicate", path=first.path, revision=each.revision, other=str(each.path)))
        named[each.revision] = each
    unplaced = {each.revision: _placeholder(each) for each in found if each.code == "not_literal" and each.revision}
    unplaced = {name: each for name, each in unplaced.items() if name not in named}
    index = _Index.of(named)
    cycles = _cycles(index.needs)
    caught = {name for cycle in cycles for name in cycle}
    found += [RevisionProblem("cycle", path=named[cycle[0]].path, revisions=cycle) for cycle in cycles]
    placed = {name: each for name, each in named.items() if name not in caught}
    known = named.keys() | {each.revision for each in found if each.revision}
    found += _missing(placed.values(), known, index)
    broken = {name: named[name] for name in sorted(caught)} | unplaced
    return RevisionGraph(_ordered(placed, index.needs), tuple(found), broken)


def _placeholder(problem: RevisionProblem) -> RevisionFile:
    return RevisionFile(problem.revision, (), "", problem.path or Path(), "")


def _missing(files: Iterable[RevisionFile], known: Iterable[str], index: _Index) -> list[RevisionProblem]:
    """Return what revisions name and no file has."""
    names = set(known)
    return [
        RevisionProblem(code, path=each.path, revision=each.revision, other=other)
        for each in files
        for code, others in (("missing_parent", each.down), ("missing_dependency", each.depends_on))
        for other in others
        if other not in names and (code == "missing_parent" or index.resolve(other) is None)
    ]


def _age(each: RevisionFile) -> tuple[float, str]:
    """Return what orders revisions that may come next: the moment of creation (without a zone: UTC), then the id."""
    created = each.created_at
    if created is None:
        return 0.0, each.revision
    aware = created if created.tzinfo is not None else created.replace(tzinfo=UTC)
    return aware.timestamp(), each.revision


def _ordered(files: Mapping[str, RevisionFile], needs: Mapping[str, tuple[str, ...]]) -> dict[str, RevisionFile]:
    """Return files so that each stands behind what it needs; there must be no cycle."""
    waiting, needed_by = _counted(files, needs)
    ready = [(_age(files[name]), name) for name, number in waiting.items() if not number]
    heapq.heapify(ready)
    order: dict[str, RevisionFile] = {}
    while ready:
        _, name = heapq.heappop(ready)
        order[name] = files[name]
        for follower in needed_by.get(name, ()):
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, (_age(files[follower]), follower))
    return order


def _counted(names: Iterable[str], needs: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return how many of `names` each of them needs, and who needs each."""
    waiting = dict.fromkeys(names, 0)
    needed_by: dict[str, list[str]] = {}
    for name in waiting:
        for other in needs[name]:
            if other in waiting:
                waiting[name] += 1
                needed_by.setdefault(other, []).append(name)
    return waiting, needed_by


def _cycles(needs: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return circles of revisions until none is left: each member needs the next, the last the first."""
    left = _entangled(needs, needs)
    cycles: list[tuple[str, ...]] = []
    while left:
        name = min(left)
        trail: dict[str, None] = {}
        while name not in trail:
            trail[name] = None
            name = next(other for other in needs[name] if other in left)
        names = list(trail)
        cycle = tuple(names[names.index(name) :])
        cycles.append(cycle)
        left = _entangled(left - set(cycle), needs)
    return cycles


def _entangled(names: Iterable[str], needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return those that can't be ordered: each of them needs another one of them."""
    waiting, needed_by = _counted(names, needs)
    ready = [name for name, number in waiting.items() if not number]
    while ready:
        for follower in needed_by.get(ready.pop(), ()):
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    return {name for name, number in waiting.items() if number}

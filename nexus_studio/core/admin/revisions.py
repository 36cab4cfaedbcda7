"""What exists: revision files as values, and the graph they make; `services/migrations/revisionfiles` reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


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
    "missing_dependency", "cycle" (`revisions`).
    """

    code: str
    path: Path | None = None
    line: int | None = None
    revision: str = ""
    other: str = ""
    revisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionGraph:
    """All revisions of a project by id, in an order in which parents and dependencies stand before what needs them.

    Build it with `build_graph`, which keeps out what is broken and says so in `problems`.
    """

    revisions: Mapping[str, RevisionFile] = field(default_factory=dict)
    problems: tuple[RevisionProblem, ...] = ()

    def heads(self) -> tuple[str, ...]:
        """Return the revisions that no other builds on, sorted. What only another's `depends_on` names stays a head."""
        parents = {parent for each in self.revisions.values() for parent in each.down}
        return tuple(sorted(name for name in self.revisions if name not in parents))

    def children(self, revision: str) -> tuple[str, ...]:
        """Return the revisions that build on one, in the graph's order."""
        return tuple(each.revision for each in self.revisions.values() if revision in each.down)

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
        each = self.revisions[revision]
        resolved = (self.resolve(name) for name in (*each.down, *each.depends_on))
        return tuple(name for name in resolved if name is not None)

    def resolve(self, name: str) -> str | None:
        """Return the id that a name means: an id, a branch label, or the beginning of one id only; None otherwise."""
        if name in self.revisions:
            return name
        labelled = [each.revision for each in self.revisions.values() if name in each.labels]
        if labelled:
            return labelled[0]
        begun = [each for each in self.revisions if name and each.startswith(name)]
        return begun[0] if len(begun) == 1 else None

    def pending(self, applied: frozenset[str]) -> tuple[RevisionFile, ...]:
        """Return what is still to be applied, in the order in which it would run."""
        return tuple(each for name, each in self.revisions.items() if name not in applied)

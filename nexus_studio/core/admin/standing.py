"""Graph, version table and ledger compared: the state of each revision, and where the database stands. Pure.

The version table decides what is in effect, the ledger explains how it came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry, LedgerPlace, LockHolder
from nexus_studio.core.admin.migrations import (
    UNRESOLVED,
    MigrationStanding,
    MigrationState,
    MigrationStatus,
    RevisionReport,
    RevisionState,
)
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.admin.versionrows import rows_for

TO_RUN = frozenset({RevisionState.PENDING, RevisionState.ROLLED_BACK})
"""States of what a deploy would run."""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What is seen in a database without its ledger.

    `current` is what the version table says, sorted. `has_relations`: there are tables or views besides Alembic's, ours
    and those of extensions.
    """

    current: tuple[str, ...] = ()
    has_version_table: bool = False
    has_prisma: bool = False
    has_relations: bool = False


def status_of(
    project: str,
    graph: RevisionGraph,
    facts: DatabaseFacts,
    entries: Sequence[LedgerEntry] = (),
    *,
    holder: LockHolder | None = None,
    ledger: LedgerPlace = LedgerPlace.NOWHERE,
    refusal: str = "",
) -> MigrationStatus:
    """Compare everything.

    Args:
        project: Its name.
        graph: What exists.
        facts: What is seen in the database.
        entries: The ledger, oldest first, with `is_alive`.
        holder: Who holds the migration lock.
        ledger: Where the ledger is kept.
        refusal: Why not in the database.
    """
    # With nothing in it, it is a new database of an old name, or was emptied otherwise: what the ledger remembers of it
    # is not there, and must not be written into its version table.
    is_emptied = not facts.current and not facts.has_relations
    reports = audit(graph, facts.current, entries, is_emptied=is_emptied)
    applied = frozenset() if is_emptied else applied_by(entries)
    return MigrationStatus(
        standing=_standing(graph, facts, reports, applied, holder, has_ledger=bool(entries)),
        project=project,
        graph=graph,
        revisions=reports,
        current=facts.current,
        heads=graph.heads(),
        has_version_table=facts.has_version_table,
        ledger=ledger,
        ledger_refusal=refusal,
        holder=holder,
    )


def audit(
    graph: RevisionGraph, current: Sequence[str], entries: Sequence[LedgerEntry] = (), *, is_emptied: bool = False
) -> tuple[RevisionReport, ...]:
    """Return each revision's state: those without a file first, then the graph's order, then what can't be placed.

    `is_emptied`: nothing is in the database, whatever the ledger says.
    """
    by_name: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        by_name.setdefault(entry.migration_name, []).append(entry)
    unknown = {name for name in current if not graph.has(name)}
    in_effect = graph.ancestors(current) | set(current)
    # Of these the version table says nothing: the ledger's word is the best there is.
    if (not current or unknown) and not is_emptied:
        in_effect |= applied_by(entries)
    heads = frozenset(graph.heads())
    strangers = [name for name, rows in by_name.items() if not graph.has(name) and _matters(rows, name in in_effect)]
    order = [*sorted(unknown.difference(by_name)), *strangers, *graph.revisions, *graph.broken]
    return tuple(
        RevisionReport(
            revision=name,
            state=_state(graph, name, by_name.get(name, ()), is_in_effect=name in in_effect),
            file=graph.revisions.get(name) or graph.broken.get(name),
            entries=tuple(by_name.get(name, ())),
            is_current=name in current,
            is_head=name in heads,
        )
        for name in order
    )


def applied_by(entries: Iterable[LedgerEntry]) -> frozenset[str]:
    """Return the revisions that a ledger, read alone, says are there."""
    last: dict[str, LedgerEntry] = {}
    for entry in entries:
        if entry.finished_at is not None:
            last[entry.migration_name] = entry
    return frozenset(name for name, entry in last.items() if _applies(entry))


def lost_rows(status: MigrationStatus) -> tuple[str, ...]:
    """Return what the version table should say by the ledger's account: what to stamp once it was emptied."""
    entries = sorted((entry for each in status.revisions for entry in each.entries), key=lambda entry: entry.started_at)
    return rows_for(status.graph, applied_by(entries))


def checked(status: MigrationStatus, differences: int) -> MigrationStatus:
    """Return the status after models and database were compared."""
    standing = status.standing
    if standing in {MigrationStanding.UP_TO_DATE, MigrationStanding.OUT_OF_SYNC}:
        standing = MigrationStanding.OUT_OF_SYNC if differences else MigrationStanding.UP_TO_DATE
    return replace(status, standing=standing, out_of_sync=differences)


def in_short(status: MigrationStatus) -> MigrationState:
    """Return a status in short."""
    counts = status.standing not in {
        MigrationStanding.PRISMA,
        MigrationStanding.NOT_MANAGED,
        MigrationStanding.AHEAD,
        MigrationStanding.VERSIONS_LOST,
    }
    return MigrationState(status.standing, status.current, status.heads, len(status.pending) if counts else None)


def has_diverged(graph: RevisionGraph) -> bool:
    """Tell whether heads ask to be merged.

    Several heads are meant where histories have nothing in common (a version location each), and where branches carry
    labels; they are not where one history has two ends that no label tells apart.
    """
    heads = graph.heads()
    if len(heads) <= 1:
        return False
    owner = _owners(graph, heads)
    labelled = {owner[name] for name, each in graph.revisions.items() if each.labels}
    history = _histories(graph)
    plain = [history[head] for head in heads if head not in labelled]
    return len(plain) > len(set(plain))


def _owners(graph: RevisionGraph, heads: Iterable[str]) -> dict[str, str]:
    """Return, for each revision, the only head that builds on it; "" where there are several."""
    owner = {head: head for head in heads}
    for name in reversed(list(graph.revisions)):
        for parent in graph.revisions[name].down:
            if parent in graph.revisions:
                owner[parent] = owner[name] if owner.get(parent, owner[name]) == owner[name] else ""
    return owner


def _histories(graph: RevisionGraph) -> dict[str, str]:
    """Return, for each revision, a name of the history it is part of: what is connected through parents."""
    root: dict[str, str] = {name: name for name in graph.revisions}

    def top(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for name, each in graph.revisions.items():
        for parent in each.down:
            if parent in root:
                root[top(name)] = top(parent)
    return {name: top(name) for name in root}


def _applies(entry: LedgerEntry) -> bool:
    """Tell whether a finished row leaves its revision in the database."""
    if entry.deed in {Deed.MARKED_ROLLED_BACK, Deed.CLEANED_UP} or entry.rolled_back_at is not None:
        return False
    return entry.direction is not Direction.DOWN


def _matters(rows: Sequence[LedgerEntry], is_in_effect: bool) -> bool:
    """Tell whether a revision without a file is to be shown: it is there, or it waits for a decision."""
    return is_in_effect or any(each.is_open for each in rows)


def _state(graph: RevisionGraph, name: str, rows: Sequence[LedgerEntry], *, is_in_effect: bool) -> RevisionState:
    ended = max((place for place, each in enumerate(rows, 1) if each.finished_at is not None), default=0)
    open_rows = [each for each in rows[ended:] if each.is_open]  # an older one was overtaken
    if any(each.is_alive for each in open_rows):
        return RevisionState.RUNNING
    if undecided := [each for each in open_rows if not _has_arrived(each, is_in_effect)]:
        return RevisionState.FAILED if undecided[-1].error is not None else RevisionState.INTERRUPTED
    if is_in_effect:
        return _state_in_effect(graph, name, rows)
    was_there = any(each.finished_at is not None or each.rolled_back_at is not None for each in rows)
    return RevisionState.ROLLED_BACK if was_there or open_rows else RevisionState.PENDING


def _has_arrived(entry: LedgerEntry, is_in_effect: bool) -> bool:
    """Tell whether an open row's revision is where the run should have brought it.

    Alembic writes the version with the revision's last statements: when it says so, only the record of the end is
    missing.
    """
    return is_in_effect == (entry.direction is Direction.UP)


def _state_in_effect(graph: RevisionGraph, name: str, rows: Sequence[LedgerEntry]) -> RevisionState:
    file = graph.revisions.get(name) or graph.broken.get(name)
    if file is None:
        return RevisionState.NOT_IN_FOLDER
    last = next((each for each in reversed(rows) if _explains(each)), None)
    if last is None or (last.is_open and last.error is not None) or (not last.is_open and not _applies(last)):
        return RevisionState.APPLIED_OUTSIDE
    if last.deed in {Deed.STAMPED, Deed.BASELINE}:
        return RevisionState.BASELINE
    return RevisionState.EDITED if file.checksum and last.checksum not in {"", file.checksum} else RevisionState.APPLIED


def _explains(entry: LedgerEntry) -> bool:
    """Tell whether a row says how its revision stands: it ended, or only the record of its end is missing."""
    if entry.rolled_back_at is not None and entry.deed is Deed.RUN:
        return False
    return not (entry.finished_at is None and entry.direction is Direction.DOWN)


def _standing(
    graph: RevisionGraph,
    facts: DatabaseFacts,
    reports: Sequence[RevisionReport],
    applied: frozenset[str],
    holder: LockHolder | None,
    *,
    has_ledger: bool,
) -> MigrationStanding:
    states = {each.state for each in reports}
    found: Mapping[MigrationStanding, bool] = {
        MigrationStanding.PRISMA: facts.has_prisma and not facts.current and not has_ledger,
        MigrationStanding.RUNNING: holder is not None or RevisionState.RUNNING in states,
        MigrationStanding.FAILED: bool(states & UNRESOLVED),
        MigrationStanding.VERSIONS_LOST: not facts.current and bool(applied),
        MigrationStanding.AHEAD: any(not graph.has(name) for name in facts.current),
        MigrationStanding.DIVERGED: has_diverged(graph),
        # An empty version table that the ledger accounts for was emptied by going back to the base.
        MigrationStanding.NOT_MANAGED: not facts.current and facts.has_relations and not has_ledger,
        MigrationStanding.NONE: not facts.current and not applied,
        MigrationStanding.BEHIND: bool(states & TO_RUN),
    }
    return next((standing for standing, holds in found.items() if holds), MigrationStanding.UP_TO_DATE)

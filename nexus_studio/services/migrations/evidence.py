"""Looks what of a failed or interrupted revision is in a database: a replay compared with the real catalog."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import column, exists, select, table

from nexus_studio.core.admin.evidence import Evidence, FactKey, Facts
from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerEntry
from nexus_studio.core.admin.migrations import THERE, MigrationStatus, RevisionReport
from nexus_studio.core.admin.presence import Replay, Replayed, committed_by, course_of, judged, untouched_by
from nexus_studio.core.admin.statementkinds import is_repeatable
from nexus_studio.core.admin.waysout import PASSING, Case, kept_statements, ways_out
from nexus_studio.core.errors import StudioError
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.migrations.catalogfacts import read_facts, worded_portably
from nexus_studio.services.migrations.cleanup import undo
from nexus_studio.services.migrations.foreign.watching import asks_catalog
from nexus_studio.services.migrations.projects import Project
from nexus_studio.services.migrations.replaying import TIMED_OUT, Asked, replay
from nexus_studio.services.migrations.scratch import Scratch, reaches_beyond, scratch_database
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_OF_ROWS = ("22", "23")  # classes of SQLSTATE: it depends on what is stored
# Made by IF NOT EXISTS it may have been there before, and what it holds can't be made again.
_HOLDING = frozenset({"column", "sequence"})
_MAJOR = 10_000  # server_version_num of 15.4 is 150004


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What was found out, and how it was judged."""

    evidence: Evidence
    case: Case

    @property
    def kept(self) -> int:
        """How many statements Finish leaves alone."""
        return kept_statements(self.case)

    @property
    def parts(self) -> tuple[tuple[str, ...], str]:
        """The statements that Finish leaves alone, and the first of the others that is more than a question."""
        every = self.case.replay.statements if self.case.replay else ()
        sent = [each.statement.sql for each in every]
        rest = (sql for sql in sent[self.kept :] if not asks_catalog(sql))
        return tuple(sent[: self.kept]), next(rest, "")


def inquire(
    session: Session,
    project: Project,
    paths: Paths,
    status: MigrationStatus,
    revision: str,
    ctx: TaskContext,
    *,
    replay_timeout_ms: int | None = None,
) -> Inquiry:
    """Replay a revision and compare. The real database is only read; nothing is kept.

    Where the replay is impossible the evidence says why, and only what ledger and version table know counts. Progress
    steps "migration.scratch", "migration.replaying", "migration.evidence".

    Args:
        session: On the real database.
        project: Whose revision.
        paths: Where the embedded server's folder lies.
        status: Read just before; under the migration lock where something is to follow.
        revision: The full id.
        ctx: Cancelling stops.
        replay_timeout_ms: The longest that a statement may take in the replay; None: 20 seconds.
    """
    report = status.report(revision)
    entry = report.problem if report else None
    direction = entry.direction if entry else Direction.UP
    in_effect = _is_in_effect(status, revision)
    file = status.graph.revisions.get(revision)
    case = Case(
        revision,
        entry,
        is_version_done=in_effect is (direction is Direction.UP),
        is_edited=bool(file and entry and entry.checksum not in {"", file.checksum}),
    )
    if file is None:
        return _judged(case, source="none", reason="migration.unknown")
    asked = Asked(project, status.graph, revision, direction, status.current, replay_timeout_ms)
    try:
        found, is_other_version = _replayed(session, paths, asked, ctx)
    except StudioError as error:
        log.info("no replay", extra={"revision": revision, **loggable(error)})
        return _judged(case, source="none", reason=error.code, words=_words(error))
    return compare(
        session,
        case if status.verdict is None else _placed(case, found),
        found,
        ctx,
        version_table=project.version_table,
        is_other_version=is_other_version,
        runs=_runs(report, direction),
        is_recorded_inside=status.verdict is None,
    )


def _is_in_effect(status: MigrationStatus, revision: str) -> bool:
    """Tell whether what says the state of the database names a revision; Prisma's ledger names each by itself."""
    if status.verdict is not None:
        report = status.report(revision)
        return report is not None and report.state in THERE
    return revision in status.graph.ancestors(status.current) or revision in status.current


def _replayed(session: Session, paths: Paths, asked: Asked, ctx: TaskContext) -> tuple[Replay, bool]:
    """Replay, and once more without rows where it failed because of rows; say whether on another major version."""
    apart = reaches_beyond(each.path for each in asked.graph.revisions.values())
    with scratch_database(session, paths, ctx, apart=apart) as scratch:
        found = replay(scratch, session, asked, ctx)
        is_other_version = _is_other_version(scratch, session)
    if found.failed and found.sqlstate.startswith(_OF_ROWS):
        with scratch_database(session, paths, ctx, apart=apart) as scratch:
            again = replay(scratch, session, asked, ctx, emptied=True)
            if not again.failed or len(again.statements) > len(found.statements):
                return again, _is_other_version(scratch, session)
    return found, is_other_version


def compare(
    session: Session,
    case: Case,
    found: Replay,
    ctx: TaskContext,
    *,
    version_table: str = "",
    is_other_version: bool = False,
    runs: Sequence[LedgerEntry] = (),
    is_recorded_inside: bool = True,
) -> Inquiry:
    """Compare a replay with the database of a session, and judge.

    Args:
        session: It is only read.
        case: What is known without the replay.
        found: The replay.
        ctx: Cancelling stops.
        version_table: Its name, to be left out.
        is_other_version: The replay's server is of another major version.
        runs: Those of the revision that the ledger has since it was last done or undone.
        is_recorded_inside: What says that it was done is written in the transaction of its last statements.
    """
    ctx.report(Progress("migration.evidence"))
    with session.read(ctx, one_snapshot=True) as connection:
        facts = read_facts(connection, ignoring=(version_table,))
    if is_other_version:
        facts = _aligned(facts, found)
    filled = _filled(session, found, facts, ctx)
    fails_for_all = _fails_for_all(found, case.entry)
    is_whole = not found.failed
    committed = committed_by(
        case.entry,
        [each.statement for each in found.statements],
        is_version_done=case.is_version_done,
        is_whole=is_whole and is_recorded_inside,
    )
    untouched = untouched_by(
        runs, [each.statement for each in found.statements], is_whole=is_whole and is_recorded_inside
    )
    strangers = _strangers(found, untouched, filled)
    case = replace(
        case,
        replay=found,
        findings=judged(found, facts, committed, fails_for_all=fails_for_all),
        undo=lambda keep: undo(found, facts, keep, filled=filled, strangers=strangers),
        fails_for_all=fails_for_all,
        is_other_course=_is_other_course(found, case),
    )
    if case.is_other_course:
        return _judged(case, reason="migration.other_course")
    reason = "migration.replay_slow" if found.sqlstate == TIMED_OUT else "migration.replay_fails"
    return _judged(case, reason=reason if found.failed else "", words=found.words)


def _judged(case: Case, *, source: str = "scratch", reason: str = "", words: str = "") -> Inquiry:
    ways, recommended = ways_out(case)
    evidence = Evidence(
        case.revision,
        case.findings,
        ways,
        recommended,
        source=source,
        reason=reason,
        words=words,
        is_version_set=case.is_version_done,
    )
    return Inquiry(evidence, case)


def _placed(case: Case, found: Replay) -> Case:
    """Say which statement failed where Prisma's ledger does not: the one that fails for the same reason elsewhere."""
    entry = case.entry
    if entry is None or entry.error is None or not found.failed or found.failed_number is None:
        return case
    is_same_state = entry.error.sqlstate in {"", found.sqlstate}  # the engine inside of Node keeps the words alone
    if not is_same_state or entry.error.message != found.words:
        return case
    failed = found.statements[found.failed_number - 1].statement if found.statements else None
    sent = failed.sql if failed is not None else ""
    error = replace(entry.error, sqlstate=found.sqlstate)
    placed = replace(entry, failed_number=found.failed_number, failed_statement=sent, error=error)
    return replace(case, entry=placed)


def _fails_for_all(found: Replay, entry: LedgerEntry | None) -> bool:
    """Tell whether the revision fails by itself: in the replay at the same place and for the same reason."""
    if not found.failed or entry is None or entry.error is None:
        return False
    if found.sqlstate and (found.sqlstate in PASSING or found.sqlstate.startswith(_OF_ROWS)):
        return False
    is_same_place = found.failed_number == entry.failed_number
    is_same_reason = found.sqlstate == entry.error.sqlstate
    return is_same_place and is_same_reason and (bool(found.sqlstate) or found.words == entry.error.message)


def _is_other_course(found: Replay, case: Case) -> bool:
    """Tell whether the statement that failed is another one in the replay: the revision goes by what rows it finds."""
    entry = case.entry
    if entry is None or entry.failed_number is None or not entry.failed_statement or case.is_edited:
        return False
    if entry.failed_number > len(found.statements):
        return not found.failed
    sent = found.statements[entry.failed_number - 1].statement.sql
    return sent.split() != entry.failed_statement.split()


def _is_other_version(scratch: Scratch, session: Session) -> bool:
    return scratch.session.server.version_num // _MAJOR != session.server.version_num // _MAJOR


def _aligned(facts: Facts, found: Replay) -> Facts:
    """Word what is found as the replay's server would, where both mean the same."""
    aligned = dict(facts)
    for key in {key for each in found.statements for key in each.changes}.intersection(facts):
        plain = worded_portably(key.kind, facts[key])
        for value in (value for change in course_of(found, key) for value in change):
            if value is not None and worded_portably(key.kind, value) == plain:
                aligned[key] = value
    return aligned


def _runs(report: RevisionReport | None, direction: Direction) -> tuple[LedgerEntry, ...]:
    """Return the runs of a revision since it was last done or undone, oldest first."""
    rows = report.entries if report else ()
    ended = max((place for place, each in enumerate(rows, 1) if each.finished_at is not None), default=0)
    return tuple(each for each in rows[ended:] if each.deed is Deed.RUN and each.direction is direction)


def _strangers(found: Replay, untouched: frozenset[int], filled: frozenset[tuple[str, ...]]) -> frozenset[FactKey]:
    """Return what, if it is there, is not the revision's, or may be an older thing that holds what people need."""
    changed: dict[FactKey, list[Replayed]] = {}
    for each in found.statements:
        for key in each.changes:
            changed.setdefault(key, []).append(each)
    return frozenset(
        key
        for key, by in changed.items()
        if untouched.issuperset(each.statement.number for each in by)
        or (
            by[0].changes[key][0] is None
            and is_repeatable(by[0].statement.sql)
            and (key.kind in _HOLDING or (key.kind == "table" and key.name in filled))
        )
    )


def _filled(session: Session, found: Replay, facts: Facts, ctx: TaskContext) -> frozenset[tuple[str, ...]]:
    """Return the tables that the revision makes and that have rows, or can't be looked into."""
    made = {
        key
        for each in found.statements
        for key, (before, _after) in each.changes.items()
        if key.kind == "table" and before is None and key in facts
    }
    return frozenset(key.name for key in sorted(made) if _has_rows(session, key, ctx))


def _has_rows(session: Session, key: FactKey, ctx: TaskContext) -> bool:
    schema, name = key.name
    question = select(exists(select(column("ctid")).select_from(table(name, schema=schema))))
    try:
        with session.read(ctx) as connection:
            return bool(connection.scalar(question))
    except StudioError as error:
        log.info("table not looked into", extra=loggable(error))
        return True


def _words(error: StudioError) -> str:
    said, revision = error.facts.get("words"), error.facts.get("revision")
    if said and revision:
        return f"{revision}: {said}"
    return str(said) if said else error.report.message if error.report else ""

"""One reset at work: its phases in order, each noted before it begins, so that it can go on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from nexus_studio.core.admin.evidence import Way
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import RevisionState, RunResult
from nexus_studio.core.admin.resets import (
    LOSING,
    Others,
    ResetJournal,
    ResetKind,
    ResetPhase,
    ResetScope,
)
from nexus_studio.core.errors import ResetRefused, ResetStopped, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.databases import (
    DatabaseFacts,
    apply_facts,
    create_like,
    drop_database,
    maintenance,
    read_facts,
    swap,
)
from nexus_studio.services.halfmade import end_makers
from nexus_studio.services.loss_sql import FILLED_TABLES, USER_TABLES
from nexus_studio.services.migrations.lock import take_in_transaction
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.otherconnections import settle_others
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting.dropping import driver_of, drop_objects
from nexus_studio.services.resetting.journal import JournalFile
from nexus_studio.services.resetting.keeping import bring_extensions, bring_schemas
from nexus_studio.services.resetting.lossreport import affected_schemas, count, read_objects
from nexus_studio.services.resetting.passingledger import bring_ledger, forget_ledger
from nexus_studio.services.resetting.privileges import give_again, give_defaults
from nexus_studio.services.resetting.safetybackup import back_up
from nexus_studio.services.resetting.state import (
    announced_in,
    changes,
    noted_state,
    read_state,
    refuse_any,
    refuse_changed,
    table_states,
    tables_among,
    written,
)
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

STEP: Final = "reset."
"""Before a phase's value: its progress step."""

_DEAD_RUN_S: Final = 60.0
_POLL_S: Final = 0.1

_SAFE_WAYS: Final = frozenset({Way.RUN_AGAIN, Way.RETRY, Way.MARK_APPLIED, Way.CLEAN_UP, Way.FINISH})


@dataclass(frozen=True, slots=True)
class Tools:
    """What a reset works with: the session, folders, and how services are built on another session."""

    session: Session
    paths: Paths
    migrations_on: Callable[[Session], MigrationService]
    seeds_on: Callable[[Session], SeedService]


class ResetRun:
    """The phases of one reset. Whoever makes it holds the journal's lock."""

    def __init__(self, tools: Tools, file: JournalFile, journal: ResetJournal, ctx: TaskContext) -> None:
        self.journal = journal
        self.rows_seeded: Mapping[str, int] = {}
        self.revisions: tuple[str, ...] = ()
        self.not_given: list[str] = []
        self.is_seed_in_doubt = False
        self.left: tuple[str, ...] = ()
        self._tools = tools
        self._file = file
        self._ctx = ctx
        self._new: Session | None = None

    def run(self) -> None:
        """Go through the phases that are left, and take the journal away.

        Raises:
            ResetStopped: something failed, or it was cancelled, after the old state was gone. The journal stays.
            StudioError, Cancelled: before that; the database is as it was, and the journal is gone.
        """
        try:
            self._note_state()
            for phase in self.journal.left:
                self._enter(phase)
                _PHASES[phase](self)
                # Written with what comes next. Killed in between, it looks as if it had been killed at the phase's end.
                self.journal = replace(self.journal, done=(*self.journal.done, phase))
        except (StudioError, Cancelled) as error:
            self._stopped(error)
        finally:
            self._close_new()
        self._file.remove()

    # the journal

    def _enter(self, phase: ResetPhase) -> None:
        self._ctx.report(Progress(STEP + phase.value))
        self._note(phase=phase, failure="", words="")
        log.info("reset phase begins", extra={"phase": phase.value})

    def _note(self, **changes: Any) -> None:
        self.journal = replace(self.journal, **changes)
        self._file.write(self.journal)

    def _fact(self, **facts: object) -> None:
        self._note(facts={**self.journal.facts, **facts})

    def _note_state(self) -> None:
        """Note what the old database is known by before it is copied: what is written to it later is not lost."""
        is_noted = noted_state(self.journal) is not None
        if self.journal.scope.kind is ResetKind.RECREATE and not self.journal.has_lost and not is_noted:
            self._fact(state=read_state(self._tools.session, self._ctx))

    def _stopped(self, error: StudioError | Cancelled) -> None:
        """Say where it stands: by the journal where the old state is gone, by the error itself where it is not."""
        code = "cancelled" if isinstance(error, Cancelled) else error.code
        report = error.report if isinstance(error, StudioError) else None
        words = report.message if report is not None else ""
        has_lost = self._has_lost()
        if has_lost is False:
            self._abandon_new()
            self._file.remove()
            raise error
        phase = self.journal.phase or self.journal.phases[0]
        self._note(failure=code, words=words)
        facts = error.facts if isinstance(error, StudioError) else {}
        log.warning("reset stopped", extra={"phase": phase.value, "code": code})
        raise ResetStopped(
            report=report,
            phase=phase.value,
            cause=code,
            words=words or str(facts.get("words") or ""),
            revision=str(facts.get("revision") or ""),
            backup=self.journal.backup,
            database=self.journal.database,
        ) from error

    def _has_lost(self) -> bool | None:
        """Tell whether the old state is gone; None where nobody can say (the connection is lost)."""
        try:
            return has_lost(self._tools.session, self.journal, TaskContext())
        except StudioError as error:
            log.warning("can't tell where a reset stands", extra=loggable(error))
            return None if self.journal.phase in LOSING or self.journal.has_lost else False

    # the phases

    def back_up(self) -> None:
        """Dump the database as it is."""
        revisions = self.journal.facts.get("revisions")
        reason = self.journal.scope.kind.value
        names = [str(each) for each in revisions] if isinstance(revisions, list) else []
        file, _ = back_up(self._tools.session, self._tools.paths, reason, names, self._ctx)
        self._note(backup=str(file))

    def drop(self) -> None:
        """Drop what is in the schemas, in one transaction."""
        session, scope = self._tools.session, self.journal.scope
        settle_others(session, scope.others, self._ctx)
        with session.write(self._ctx, needs=Capability.RESET) as connection:
            take_in_transaction(driver_of(connection))
            drop_objects(
                connection,
                scope.schemas,
                announced_in(self.journal),
                extensions=scope.extensions,
                looked_at=partial(self._look_at_rows, connection),
            )
        # The others have prepared what is gone; the driver of this one has seen it go, and forgets by itself.
        session.drop_idle(but=1)

    def create(self) -> None:
        """Make a new database beside the old one, after removing what an earlier attempt has left."""
        session = self._tools.session
        name = str(self.journal.facts["new"])
        with maintenance(session, self._ctx) as driver:
            end_makers(driver, name)
            drop_database(driver, name)
            facts = self._facts_of(driver)
            owner = facts.owner if self.journal.scope.privileges else session.server.user
            create_like(driver, name, facts, owner=owner)
            apply_facts(driver, name, facts)
            made = read_facts(driver, name)
        self._fact(new_oid=made.oid if made else 0)

    def fill(self) -> None:
        """Bring the extensions, and the schemas that are kept."""
        scope, new = self.journal.scope, self._target
        if scope.extensions:
            bring_extensions(self._tools.session, new, self._ctx)
        bring_schemas(self._tools.session, new, scope.kept_schemas, self._file, self._ctx)
        defaults = self.journal.facts.get("defaults")
        if scope.privileges and isinstance(defaults, list):
            with new.write(self._ctx, needs=Capability.RESET) as connection:
                driver = driver_of(connection)
                schemas = [each for each in self._privileges if each["kind"] == "SCHEMA"]
                self.not_given += give_again(driver, schemas)
                self.not_given += give_defaults(driver, defaults)

    def migrate(self) -> None:
        """Apply all migrations; what a killed run has left half done is decided on by what is found of it."""
        service = self._tools.migrations_on(self._target)
        results = [self._way_out(service, revision) for revision in self._unresolved(service)]
        place = self.journal.facts.get("ledger")
        ledger = LedgerPlace(place) if place else None
        is_emptied = self.journal.facts.get("is_emptied") is not False
        results.append(service.deploy(self._ctx, ledger=ledger, is_emptied=is_emptied)[0])
        for result in results:
            self.revisions += result.done
            if result.failed is not None:
                words = result.failed.error.message if result.failed.error else ""
                raise ResetRefused(
                    "reset.migration_failed",
                    report=result.failed.error,
                    revision=result.failed.migration_name,
                    words=words,
                )
            if result.cancelled:
                raise Cancelled

    def grant(self) -> None:
        """Give owners and privileges of before to what is there again."""
        if not self._privileges:
            return
        with self._target.write(self._ctx, needs=Capability.RESET) as connection:
            self.not_given += give_again(driver_of(connection), self._privileges)

    def seed(self) -> None:
        """Run the seed, unless an earlier attempt of this reset has committed it."""
        scope, session = self.journal.scope, self._target
        service = self._tools.seeds_on(session)
        with session.read(self._ctx) as connection:
            now = _row_counts(connection)
        before = self.journal.facts.get("rows_before_seed")
        if before is None:
            self._fact(rows_before_seed=now)
        elif before != now and not _is_idempotent(service, scope):
            self.is_seed_in_doubt = True
            return
        _, self.rows_seeded = service.run(scope.seed, scope.scale, self._ctx)

    def swap(self) -> None:
        """Give the new database the old one's name."""
        session, journal = self._tools.session, self.journal
        self._close_new()
        if is_swapped(session, journal, self._ctx):
            return
        settle_others(session, journal.scope.others, self._ctx)
        refuse_changed(session, journal, self._ctx)
        session.drop_idle()
        names = (journal.database, str(journal.facts["new"]), str(journal.facts["old"]))
        oids = (_number(journal, "oid"), _number(journal, "new_oid"))
        with maintenance(session, self._ctx) as driver:
            swap(driver, names, oids, mark=str(journal.facts["mark"]), ends=journal.scope.others is Others.END)

    def remove(self) -> None:
        """Remove the old database, unless somebody wrote to it while it still had its name: then it stays."""
        bring_ledger(self._tools.paths, self._tools.session.profile, str(self.journal.facts["new"]))
        name, oid = str(self.journal.facts["old"]), _number(self.journal, "oid")
        with maintenance(self._tools.session, self._ctx) as driver:
            found = read_facts(driver, name)
            if found is None:
                return
            if found.oid == oid and not self._is_as_noted(name):
                log.warning("replaced database was written to and stays", extra={"database": name})
                self.left = (name,)
                return
            drop_database(driver, name, oid)

    # inside

    @property
    def _target(self) -> Session:
        """The session that the phases after the drop work on: the new database's until it has its name."""
        if self.journal.scope.kind is ResetKind.RESET:
            return self._tools.session
        if self._new is None:
            profile = self._tools.session.profile.with_database(str(self.journal.facts["new"]))
            self._new = Session.open(profile, self._tools.session.secret, self._ctx)
        return self._new

    def _look_at_rows(self, connection: Connection, objects: Sequence[Mapping[str, Any]]) -> None:
        """Refuse to lose rows that were written since the state was noted; beside others, note whose they are."""
        before = noted_state(self.journal)
        if before is None:
            return
        names = written(before, table_states(connection, tables_among(objects)))
        if self.journal.scope.others is not Others.LEAVE:
            refuse_any(names)
        elif names:
            self._fact(written=[each.removeprefix("table ") for each in names])

    @property
    def _privileges(self) -> list[dict[str, Any]]:
        noted = self.journal.facts.get("privileges")
        return noted if isinstance(noted, list) else []

    def _is_as_noted(self, name: str) -> bool:
        before = noted_state(self.journal)
        if before is None:  # nobody can tell
            return False
        profile = self._tools.session.profile.with_database(name)
        # its comment, which may have said what it is for, is another by now
        old = Session.open(profile, self._tools.session.secret, self._ctx, is_assumed=True)
        try:
            return not changes(before, read_state(old, self._ctx))
        finally:
            old.close()

    def _close_new(self) -> None:
        if self._new is not None:
            self._new.close()
            self._new = None

    def _abandon_new(self) -> None:
        """Remove the new database, which nobody has seen yet."""
        self._close_new()
        name = self.journal.facts.get("new")
        if name is None or ResetPhase.CREATE not in {self.journal.phase, *self.journal.done}:
            return
        forget_ledger(self._tools.paths, self._tools.session.profile, str(name))
        try:
            with maintenance(self._tools.session, TaskContext()) as driver:
                drop_database(driver, str(name))
        except StudioError as error:
            log.warning("new database not removed", extra={"database": name, **loggable(error)})

    def _facts_of(self, driver: Any) -> DatabaseFacts:
        facts = read_facts(driver, self.journal.database)
        if facts is None or facts.oid != _number(self.journal, "oid"):
            raise ResetRefused("reset.other_database", database=self.journal.database)
        return facts

    def _unresolved(self, service: MigrationService) -> list[str]:
        """Return the revisions that wait for a decision, once the server has ended what a dead program began."""
        deadline = time.monotonic() + _DEAD_RUN_S
        while True:
            status = service.status(self._ctx)
            running = any(each.state is RevisionState.RUNNING for each in status.revisions)
            if not running or time.monotonic() > deadline:
                return [each.revision for each in status.unresolved]
            self._ctx.token.raise_if_cancelled()
            time.sleep(_POLL_S)

    def _way_out(self, service: MigrationService, revision: str) -> RunResult:
        """Go the way out that what is found recommends."""
        way = service.evidence(revision, self._ctx).recommended
        if way not in _SAFE_WAYS or way is None:
            raise ResetRefused("reset.migration_failed", revision=revision, words="")
        return service.resolve(revision, way, self._ctx)[0]


_PHASES: Final[Mapping[ResetPhase, Callable[[ResetRun], None]]] = {
    ResetPhase.BACKUP: ResetRun.back_up,
    ResetPhase.DROP: ResetRun.drop,
    ResetPhase.CREATE: ResetRun.create,
    ResetPhase.FILL: ResetRun.fill,
    ResetPhase.MIGRATE: ResetRun.migrate,
    ResetPhase.GRANT: ResetRun.grant,
    ResetPhase.SEED: ResetRun.seed,
    ResetPhase.SWAP: ResetRun.swap,
    ResetPhase.REMOVE: ResetRun.remove,
}


def has_lost(session: Session, journal: ResetJournal, ctx: TaskContext) -> bool:
    """Tell whether a reset has taken the old state away, by looking: its last word may have been before or after.

    Raises:
        ResetRefused: "reset.other_database": the name leads to a database of which the reset knows nothing.
    """
    if journal.scope.kind is ResetKind.RECREATE:
        return is_swapped(session, journal, ctx)
    if journal.has_lost:
        return True
    if journal.phase is not ResetPhase.DROP:
        return False
    identities = journal.facts.get("identities")
    before = {str(each) for each in identities} if isinstance(identities, list) else set()
    with session.read(ctx, one_snapshot=True) as connection:
        own, _ = read_objects(
            connection, affected_schemas(connection, journal.scope), extensions=journal.scope.extensions
        )
    return not before.intersection(each["identity"] for each in own)


def is_swapped(session: Session, journal: ResetJournal, ctx: TaskContext) -> bool:
    """Tell whether the name leads to the new database.

    Raises:
        ResetRefused: "reset.other_database" (fact database).
    """
    with session.read(ctx) as connection:
        oid = int(
            connection.exec_driver_sql(
                "SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()"
            ).scalar_one()
        )
    if oid == _number(journal, "oid"):
        return False
    if oid == _number(journal, "new_oid"):
        return True
    raise ResetRefused("reset.other_database", database=journal.database)


def _row_counts(connection: Connection) -> dict[str, int]:
    names = [RelationName(schema, name) for _, schema, name in connection.execute(USER_TABLES)]
    filled = {RelationName(schema, name) for schema, name in connection.execute(FILLED_TABLES)}
    counted = [each for each in names if each in filled]  # just migrated, most have not a page
    rows = dict(zip(counted, count(connection, counted), strict=True))
    return {str(name): rows.get(name, 0) for name in names}


def _is_idempotent(service: SeedService, scope: ResetScope) -> bool:
    return any(each.name == scope.seed and each.idempotent for each in service.available())


def _number(journal: ResetJournal, fact: str) -> int:
    found = journal.facts.get(fact)
    return found if isinstance(found, int) else 0


def written_in(journal: ResetJournal) -> tuple[str, ...]:
    """Return the tables whose rows others wrote between the backup and the loss, as the journal has them."""
    noted = journal.facts.get("written")
    return tuple(str(each) for each in noted) if isinstance(noted, list) else ()


def backup_of(journal: ResetJournal) -> Path | None:
    """Return the file of the safety backup."""
    return Path(journal.backup) if journal.backup else None

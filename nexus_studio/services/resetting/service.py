"""ResetService: beginning anew, in place or with a new database, and emptying tables. What is lost is said before."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nexus_studio.core.admin.backupfiles import server_of
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus
from nexus_studio.core.admin.resets import (
    OWN_TABLES,
    LossReport,
    Others,
    ResetJournal,
    ResetKind,
    ResetPhase,
    ResetScope,
)
from nexus_studio.core.admin.shelves import Shelf, shelf_mark
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import MigrationBlocked, ResetRefused, SeedRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability, Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import who
from nexus_studio.services.databases import DatabaseFacts, drop_database, maintenance, new_name, read_facts
from nexus_studio.services.halfmade import HalfMade, end_makers
from nexus_studio.services.loss_sql import SCHEMAS, USER_TABLES
from nexus_studio.services.migrations.projects import ledger_home
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.migrations.situation import Situation
from nexus_studio.services.otherconnections import connected, read_others, settle_others
from nexus_studio.services.paths import Paths
from nexus_studio.services.resetting.emptying import empty_tables
from nexus_studio.services.resetting.journal import JournalFile
from nexus_studio.services.resetting.lossreport import affected_schemas, read_emptying, read_loss
from nexus_studio.services.resetting.passingledger import bring_ledger, forget_ledger
from nexus_studio.services.resetting.privileges import note_defaults, note_privileges
from nexus_studio.services.resetting.running import ResetRun, Tools, backup_of, has_lost, is_swapped, written_in
from nexus_studio.services.resetting.safetybackup import back_up
from nexus_studio.services.resetting.state import read_tables, refuse_changed
from nexus_studio.services.seeding import SeedService
from nexus_studio.services.session import Session

EFFECTS: Final = Effects(Kind.CATALOG | Kind.LEDGER | Kind.ROWS | Kind.SIZES | Kind.BACKUPS)

_PLANNED: Final = frozenset(
    {MigrationStanding.UP_TO_DATE, MigrationStanding.OUT_OF_SYNC, MigrationStanding.BEHIND, MigrationStanding.NONE}
)
_FOREIGN: Final = {
    MigrationStanding.NOT_MANAGED: "migration.not_managed",
    MigrationStanding.VERSIONS_LOST: "migration.versions_lost",
}
_MOST_NAMED: Final = 10

_ANNOUNCED: Final = ("identities", "elsewhere", "new", "old", "state")
"""Facts of a journal that stay when it begins anew."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A reset that is not done.

    `has_lost` says whether the old state is gone; None where that could not be found out. `is_running`: somebody works
    on it now.
    """

    journal: ResetJournal
    has_lost: bool | None
    is_running: bool

    @property
    def left(self) -> tuple[ResetPhase, ...]:
        """What going on would do: all of it again, with a new backup, where nothing is lost yet."""
        return self.journal.left if self.has_lost else self.journal.phases


@dataclass(frozen=True, slots=True)
class ResetResult:
    """What was done: revisions applied, rows the seed added by table, the backup.

    `not_given` names what could not have its owner or privileges back. `is_seed_in_doubt`: rows were there already
    when it went on, so that the seed, which may have made them, was not run again. `left` names the replaced database
    where somebody wrote to it till the end: it was not removed. `written` names the tables to which others wrote
    between the backup and the loss, when it was to go on beside them: those rows are gone, and in no backup.
    """

    revisions: tuple[str, ...] = ()
    rows_seeded: Mapping[str, int] | None = None
    backup: Path | None = None
    not_given: tuple[str, ...] = ()
    is_seed_in_doubt: bool = False
    left: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmptyResult:
    """What emptying tables has left: the backup, and as `ResetResult` the tables `written` to by others since."""

    backup: Path | None = None
    written: tuple[str, ...] = ()


class ResetService:
    """One database. Any thread; whatever writes must be called one at a time.

    Args:
        session: The database.
        paths: Where journals and backups are kept.
        migrations_on: Makes the migrations of the connection's project on a session.
        seeds_on: Makes its seeds on a session.
    """

    def __init__(
        self,
        session: Session,
        paths: Paths,
        migrations_on: Callable[[Session], MigrationService],
        seeds_on: Callable[[Session], SeedService],
    ) -> None:
        self._tools = Tools(session, paths, migrations_on, seeds_on)
        self._session = session
        self._file = JournalFile(paths, session.profile)

    # looking

    def schemas(self, ctx: TaskContext) -> tuple[str, ...]:
        """Return the schemas of the database, but for the server's and extensions' own."""
        with self._session.read(ctx) as connection:
            return tuple(connection.scalars(SCHEMAS))

    @property
    def is_prismas(self) -> bool:
        """Whether the project is Prisma's, which runs its seeds itself.

        Raises:
            MigrationBlocked: as `migrations.projects.any_project_for`.
        """
        return self._tools.migrations_on(self._session).prisma is not None

    def asks_for_ledger(self, ctx: TaskContext) -> bool:
        """Tell whether nobody has said yet where the migrations of this database are recorded: `reset` wants to know.

        False too where migrations can't be read (a reset says why it can't follow with them), and for Prisma's, which
        have a place of their own.
        """
        migrations = self._tools.migrations_on(self._session)
        try:
            return migrations.prisma is None and self._is_unasked(migrations.project.is_bundled, migrations.status(ctx))
        except MigrationBlocked:
            return False

    def tables(self, ctx: TaskContext) -> tuple[RelationName, ...]:
        """Return the tables that can be emptied: all but those that say how migrations stand."""
        with self._session.read(ctx) as connection:
            found = [RelationName(schema, name) for _, schema, name in connection.execute(USER_TABLES)]
        spared = self._spared()
        return tuple(each for each in found if each.name not in spared)

    def loss(self, scope: ResetScope, ctx: TaskContext) -> LossReport:
        """Say what a reset would lose, and who is connected. Changes nothing.

        Raises:
            ResetRefused: "reset.schema_unknown" (fact schema).
        """
        return read_loss(self._session, scope, ctx)

    def emptying(self, tables: Sequence[RelationName], ctx: TaskContext) -> LossReport:
        """Say what emptying tables would lose, in the order of foreign keys. Changes nothing.

        Raises:
            ResetRefused: "reset.nothing_chosen", "reset.table_unknown", "reset.own_table" (fact relation).
        """
        return read_emptying(self._session, tables, ctx, spared=self._spared())

    def unfinished(self, ctx: TaskContext) -> Unfinished | None:
        """Return the reset of this database that is not done, None: there is none.

        Raises:
            ResetRefused: "reset.journal_broken".
        """
        journal = self._file.read()
        if journal is None:
            return None
        is_running = self._file.is_held
        try:
            return Unfinished(journal, None if is_running else has_lost(self._session, journal, ctx), is_running)
        except ResetRefused:
            return Unfinished(journal, None, is_running)

    # doing

    def reset(
        self, scope: ResetScope, announced: LossReport, ctx: TaskContext, *, ledger: LedgerPlace | None = None
    ) -> tuple[ResetResult, Effects]:
        """Begin anew. Whatever can be known before is asked before anything is touched.

        Args:
            scope: What was chosen.
            announced: What a person has agreed to lose, from `loss` with the same scope.
            ctx: Cancelling leaves the database as it was, or a journal to go on with.
            ledger: Where to keep the ledger of migrations when nobody was asked yet.

        Raises:
            ForbiddenHere: the profile does not allow resetting.
            ResetRefused: "reset.unfinished" (facts phase, started), "reset.running", "reset.connected" (facts count,
                names), "reset.changed" (facts count, names), "reset.may_not_create", "reset.pooler",
                "reset.kept_depends" (fact names), "reset.backup_failed" (facts words, folder), "reset.other_database",
                "reset.versions_stay" (fact schema: the version table is there, which is not emptied). Nothing was
                changed.
            MigrationBlocked, SeedRefused, ToolMissing: what should follow can't. Nothing was changed.
            ResetStopped: half way; facts phase, cause, words, backup, database. `resume` goes on.
        """
        self._session.require(Capability.RESET)
        with self._alone(ctx):
            if (former := self._file.read()) is not None:
                raise _unfinished(former)
            facts = self._ready(scope, announced, ledger, ctx)
            settle_others(self._session, scope.others, ctx)
            if scope.kind is ResetKind.RESET:  # what is written from now on is not lost unsaid
                facts["state"] = read_tables(self._session, [each.name for each in announced.tables], ctx)
            return self._run(self._journal(scope, announced, facts), ctx)

    def resume(self, ctx: TaskContext, *, others: Others | None = None) -> tuple[ResetResult, Effects]:
        """Go on with a reset that stopped. Where nothing is lost yet it begins anew, with a new backup.

        Args:
            ctx: As for `reset`.
            others: What is done about connections of others; None: as was chosen.

        Raises:
            ResetRefused: "reset.nothing_to_resume", and as `reset`; "reset.changed" where nothing is lost yet and more
                would be than was announced: the journal stays.
            ResetStopped: again.
        """
        self._session.require(Capability.RESET)
        with self._alone(ctx):
            journal = self._file.read()
            if journal is None:
                raise ResetRefused("reset.nothing_to_resume")
            scope = _with_others(journal.scope, others)
            lost = has_lost(self._session, journal, ctx)
            if lost:
                return self._run(_gone_on(journal, scope), ctx)
            settle_others(self._session, scope.others, ctx)
            refuse_changed(self._session, replace(journal, scope=scope), ctx)
            ledger = journal.facts.get("ledger")
            facts = self._facts(scope, LedgerPlace(ledger) if ledger else None, ctx)
            kept = {name: journal.facts[name] for name in _ANNOUNCED if name in journal.facts}
            again = ResetJournal(
                id=journal.id,
                server=journal.server,
                database=journal.database,
                started_at=datetime.now(UTC),
                who=who(),
                scope=scope,
                tables=journal.tables,
                rows=journal.rows,
                bytes=journal.bytes,
                facts={**facts, **kept},
            )
            return self._run(again, ctx)

    def forget(self, ctx: TaskContext) -> tuple[str, ...]:
        """Give up a reset that stopped; return the names of databases that stay behind. Nothing else is undone.

        The new database is removed while nobody has seen it; an old one that was replaced is left alone.

        Raises:
            ResetRefused: "reset.nothing_to_resume", "reset.running".
        """
        self._session.require(Capability.RESET)
        with self._alone(ctx):
            journal = self._file.read()
            if journal is None:
                raise ResetRefused("reset.nothing_to_resume")
            left: tuple[str, ...] = ()
            if journal.scope.kind is ResetKind.RECREATE:
                swapped, new = is_swapped(self._session, journal, ctx), str(journal.facts["new"])
                settles = bring_ledger if swapped else forget_ledger
                settles(self._tools.paths, self._session.profile, new)
                with maintenance(self._session, ctx) as driver:
                    if not swapped:
                        end_makers(driver, new)
                        drop_database(driver, new)
                    elif read_facts(driver, str(journal.facts["old"])) is not None:
                        left = (str(journal.facts["old"]),)
            self._file.remove()
            return left

    def empty(
        self,
        tables: Sequence[RelationName],
        announced: LossReport,
        ctx: TaskContext,
        *,
        backs_up: bool = True,
        others: Others = Others.REFUSE,
    ) -> tuple[EmptyResult, Effects]:
        """Empty tables and those whose rows can't be without, in one transaction.

        Raises:
            ForbiddenHere: the profile does not allow resetting.
            ResetRefused: "reset.changed", "reset.connected", "reset.backup_failed", "reset.unfinished". Nothing was
                changed.
        """
        self._session.require(Capability.RESET)
        with self._alone(ctx):
            if (former := self._file.read()) is not None:
                raise _unfinished(former)
            settle_others(self._session, others, ctx)
            before = read_tables(self._session, [each.name for each in announced.tables], ctx)
            file = (
                back_up(self._session, self._tools.paths, "empty", self._revisions(ctx), ctx)[0] if backs_up else None
            )
            is_beside = others is Others.LEAVE
            effects, changed = empty_tables(
                self._session, tables, announced, ctx, spared=self._spared(), before=before, is_beside=is_beside
            )
        return EmptyResult(file, changed), effects

    # inside

    @contextmanager
    def _alone(self, ctx: TaskContext) -> Iterator[None]:
        """Be the only one who works on this database. What a killed one has left half made is removed first."""
        with self._file.held():
            HalfMade(self._file.path).sweep(self._session, ctx)
            yield

    def _run(self, journal: ResetJournal, ctx: TaskContext) -> tuple[ResetResult, Effects]:
        self._file.write(journal)
        run = ResetRun(self._tools, self._file, journal, ctx)
        run.run()
        result = ResetResult(
            run.revisions,
            run.rows_seeded,
            backup_of(run.journal),
            tuple(run.not_given),
            run.is_seed_in_doubt,
            run.left,
            written_in(run.journal),
        )
        return result, EFFECTS

    def _journal(self, scope: ResetScope, announced: LossReport, facts: Mapping[str, Any]) -> ResetJournal:
        names = {"new": new_name("new"), "old": new_name("shelf")}
        return ResetJournal(
            id=secrets.token_hex(8),
            server=server_of(self._session.profile),
            database=self._session.server.database,
            started_at=datetime.now(UTC),
            who=who(),
            scope=scope,
            tables=len(announced.tables),
            rows=announced.rows,
            bytes=announced.bytes,
            facts={
                **facts,
                **names,
                "identities": sorted(announced.identities),
                "elsewhere": [[each.kind, each.name] for each in announced.elsewhere],
            },
        )

    def _ready(
        self, scope: ResetScope, announced: LossReport, ledger: LedgerPlace | None, ctx: TaskContext
    ) -> dict[str, Any]:
        """Refuse what can be known to fail, and note what later phases need of the time before."""
        if scope.kind is ResetKind.RECREATE and announced.elsewhere:
            names = tuple(f"{each.kind} {each.name}" for each in announced.elsewhere[:_MOST_NAMED])
            raise ResetRefused("reset.kept_depends", names=names)
        if scope.others is Others.LEAVE and scope.kind is ResetKind.RECREATE:
            raise ResetRefused("reset.may_not_leave")
        if scope.others is Others.REFUSE and (found := read_others(self._session, ctx)):
            raise connected(found)
        if scope.seed:
            self._require_seed(scope)
        return self._facts(scope, ledger, ctx)

    def _facts(self, scope: ResetScope, ledger: LedgerPlace | None, ctx: TaskContext) -> dict[str, Any]:
        facts: dict[str, Any] = {"revisions": [], "ledger": ledger.value if ledger else ""}
        if scope.migrates:
            facts["is_emptied"] = self._require_versions(scope, ctx)
            status = self._require_migrations(ledger, ctx, is_emptied=facts["is_emptied"])
            facts["revisions"] = list(status.current)
            if status.ledger is not LedgerPlace.NOWHERE:
                facts["ledger"] = status.ledger.value
        else:
            facts["revisions"] = list(self._revisions(ctx))
        with self._session.read(ctx) as connection:
            if scope.privileges:
                facts["privileges"] = note_privileges(connection, affected_schemas(connection, scope))
                facts["defaults"] = note_defaults(connection)
        if scope.kind is ResetKind.RECREATE:
            with maintenance(self._session, ctx) as driver:
                found = require_copyable(read_facts(driver, self._session.server.database))
            facts |= {"oid": found.oid, "new_oid": 0, "mark": self._mark()}
        return facts

    def _mark(self) -> str:
        """Return what the old database says of itself while it is still there: that it can be put back."""
        now = datetime.now(UTC)
        name = f"replaced {now:%Y-%m-%d %H:%M:%S}"
        return shelf_mark(Shelf(name, self._session.server.database, now, who=who(), is_left_over=True))

    def _require_seed(self, scope: ResetScope) -> None:
        service = self._tools.seeds_on(self._session)
        environment = self._session.profile.environment
        spec = next((each for each in service.available() if each.name == scope.seed), None)
        if spec is None:
            raise SeedRefused("seed.unknown", seed=scope.seed)
        if environment not in spec.environments:
            raise SeedRefused("seed.environment", seed=scope.seed, environment=environment.value)
        if scope.scale < 1:
            raise SeedRefused("seed.scale", seed=scope.seed, scale=scope.scale)

    def _require_versions(self, scope: ResetScope, ctx: TaskContext) -> bool:
        """Refuse to lose tables while what says that they were made stays; tell whether the project's schema goes.

        That is the version table's, else the one that an unqualified name leads to.
        """
        project = self._tools.migrations_on(self._session).project
        with self._session.read(ctx) as connection:
            affected = affected_schemas(connection, scope)
            schema = ledger_home(connection, self._session.profile, project)
            if schema is not None and schema not in affected:
                raise ResetRefused("reset.versions_stay", schema=schema)
            own = schema or connection.exec_driver_sql("SELECT pg_catalog.current_schema()").scalar() or "public"
        return own in affected

    def _require_migrations(self, ledger: LedgerPlace | None, ctx: TaskContext, *, is_emptied: bool) -> MigrationStatus:
        service = self._tools.migrations_on(self._session)
        project, status = service.project, service.status(ctx)
        situation = Situation(status, None)
        situation.refuse_running()
        situation.refuse_broken()
        if status.standing is MigrationStanding.PRISMA:
            raise MigrationBlocked("migration.prisma")
        if not is_emptied and status.standing in _FOREIGN:
            raise MigrationBlocked(_FOREIGN[status.standing], revisions=status.current)
        if status.holder is not None:
            raise MigrationBlocked("migration.locked", pid=status.holder.pid, user=status.holder.user)
        if ledger is None and self._is_unasked(project.is_bundled, status):
            raise MigrationBlocked("migration.ledger_unasked")
        if project.python is not None and status.standing in _PLANNED:
            service.plan(ctx)  # its interpreter and its env.py work
        return status

    def _is_unasked(self, is_bundled: bool, status: MigrationStatus) -> bool:
        is_ours = is_bundled or self._session.profile.environment is Environment.DEMO
        return status.ledger is LedgerPlace.NOWHERE and not is_ours

    def _revisions(self, ctx: TaskContext) -> tuple[str, ...]:
        """Return the applied revisions, none where the project can't be read: a backup may not fail on that."""
        try:
            return self._tools.migrations_on(self._session).status(ctx).current
        except MigrationBlocked:
            return ()

    def _spared(self) -> frozenset[str]:
        try:
            return OWN_TABLES | {self._tools.migrations_on(self._session).project.version_table}
        except MigrationBlocked:
            return OWN_TABLES


def applied_revisions(
    migrations_on: Callable[[Session], MigrationService],
) -> Callable[[Session, TaskContext], tuple[str, ...]]:
    """Return what says which migrations are applied to a session's database."""

    def applied(session: Session, ctx: TaskContext) -> tuple[str, ...]:
        return migrations_on(session).status(ctx).current

    return applied


def require_copyable(facts: DatabaseFacts | None) -> DatabaseFacts:
    """Refuse where a database may not be made or copied by this role.

    Raises:
        ResetRefused: "reset.may_not_create" (facts owner, reason).
    """
    if facts is None:
        raise ResetRefused("reset.other_database", database="")
    if not facts.row["is_owner"]:
        raise ResetRefused("reset.may_not_create", reason="owner", owner=facts.owner)
    if not facts.row["may_create"]:
        raise ResetRefused("reset.may_not_create", reason="createdb", owner=facts.owner)
    return facts


def _with_others(scope: ResetScope, others: Others | None) -> ResetScope:
    """Return the scope with another choice about connections of others."""
    return scope if others is None else replace(scope, others=others)


def _gone_on(journal: ResetJournal, scope: ResetScope) -> ResetJournal:
    """Return the journal of a reset whose old state is gone: what comes before that is done."""
    losing = ResetPhase.DROP if scope.kind is ResetKind.RESET else ResetPhase.SWAP
    before = journal.phases[: journal.phases.index(losing) + 1]
    done = tuple(dict.fromkeys((*before, *journal.done)))
    return replace(journal, scope=scope, done=done)


def _unfinished(journal: ResetJournal) -> ResetRefused:
    phase = journal.phase.value if journal.phase else ""
    started = journal.started_at.isoformat(sep=" ", timespec="seconds")
    return ResetRefused("reset.unfinished", phase=phase, started=started, backup=journal.backup)

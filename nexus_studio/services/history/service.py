"""HistoryService: every save of a connection kept, looked up, taken back; what the panel and the command line use."""

from __future__ import annotations

import getpass
import logging
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.backupfiles import identity_of
from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.history import (
    Action,
    Mark,
    Origin,
    Pruned,
    Retention,
    SavedSet,
    SavedSetDetails,
    SetQuery,
    Source,
    Standing,
    TableCount,
)
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.data.undoing import Inverse, inverse_of
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.errors import HistoryFailed, UnknownRelation
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability
from nexus_studio.core.redact import loggable
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.settings import HISTORY_DAYS, HISTORY_MEGABYTES
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.history import shared
from nexus_studio.services.history.offers import Offers
from nexus_studio.services.history.settling import settle
from nexus_studio.services.history.shared import SharedState, SharedTable
from nexus_studio.services.history.store import HistoryStore
from nexus_studio.services.history.witnessing import Asked, FileWitness, HistoryWitness, new_id, unwritten
from nexus_studio.services.impact import triggers_on
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.settings_store import SettingsStore

log = logging.getLogger(__name__)

LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list can be narrowed to."""

    people: tuple[str, ...] = ()
    relations: tuple[RelationName, ...] = ()


class HistoryService:
    """The history of one connection. Any thread.

    The store is this machine's; the table that a team shares is the database's, and is there only where somebody has
    made it. Methods raise HistoryFailed where either can't be used.
    """

    def __init__(self, session: Session, paths: Paths) -> None:
        self._session, self._paths = session, paths
        self._store = HistoryStore(paths.data)
        self._offers = Offers()

    # ---- keeping

    def witness(self, reason: str = "", ticket: str = "", *, must_keep: bool = True) -> HistoryWitness:
        """Return who looks on at one `RowWriter.apply`, and keeps it. Touches neither network nor disk.

        Args:
            reason: Why, in a person's words.
            ticket: The number of a ticket, or whatever stands for one.
            must_keep: A save that can't be kept is not written (HistoryUnwritten). False: a person knows, and wants it.
        """
        needs_reason = self._session.profile.requires_reason
        asked = Asked(reason, ticket, must_keep, needs_reason)
        return HistoryWitness(
            self._store, self._origin, self._session.profile.schema, asked, self._offers.reverted, self._keep_rule
        )

    def noted(
        self, action: Action, relation: RelationName, key: RowKey | None, columns: Sequence[str], reason: str = ""
    ) -> str:
        """Keep what is no save: a masked value was looked at. Returns the id.

        Raises:
            HistoryUnwritten: it could not be kept; then it may not be done either.
        """
        saved = SavedSet(
            new_id(), datetime.now(UTC), self._origin, Standing.WRITTEN, action, " ".join(reason.split()),
            tables=(TableCount(relation),), columns=tuple(columns),
        )  # fmt: skip
        images = () if key is None else (RowImage(relation, ChangeKind.UPDATE, Cause.OWN, key, key),)
        try:
            self._store.add(saved, images, None)
        except HistoryFailed as error:
            raise unwritten(error) from error
        return saved.id

    def imports(
        self, relation: RelationName, path: Path, reason: str = "", ticket: str = "", *, must_keep: bool = True
    ) -> FileWitness:
        """Return who looks on while a file is imported into a relation, and keeps it with the file's name.

        Args:
            relation: Where its rows go.
            path: The file.
            reason: As `witness`.
            ticket: As `witness`.
            must_keep: As `witness`.
        """
        asked = Asked(reason, ticket, must_keep, self._session.profile.requires_reason)
        return FileWitness(
            self._store, self._origin, self._session.profile.schema, asked, self._keep_rule, relation, path.name
        )

    # ---- looking

    def sets(
        self,
        ctx: TaskContext,
        query: SetQuery | None = None,
        *,
        relation: RelationName | None = None,
        limit: int = LIMIT,
        before: Mark | None = None,
    ) -> tuple[SavedSet, ...]:
        """Return sets, newest first; the next ones are behind the mark of the last. What is pending is settled first.

        Args:
            ctx: Whose token cancels it.
            query: Which ones.
            relation: Only those that wrote to it, in place of a query.
            limit: How many.
            before: Where to go on.
        """
        wanted = query or SetQuery(relation)
        if wanted.source is Source.SHARED:
            with self._shared(ctx) as table:
                return table.sets(wanted, self._origin, limit, before)
        settle(self._store, self._session, self._origin.identity, ctx)
        return self._store.sets(wanted, self._origin.identity, limit, before)

    def find(self, identifier: str, ctx: TaskContext, *, source: Source = Source.LOCAL) -> SavedSet:
        """Return the set whose id begins so.

        Raises:
            HistoryFailed: "history.unknown_set", "history.many_sets" (fact id).
        """
        if source is Source.SHARED:
            with self._shared(ctx) as table:
                return table.find(identifier, self._origin)
        return self._store.find(identifier)

    def show(self, identifier: str, ctx: TaskContext, *, source: Source = Source.LOCAL) -> SavedSetDetails:
        """Return a set with its rows.

        Raises:
            HistoryFailed: as `find`; "history.part_broken".
        """
        if source is Source.SHARED:
            with self._shared(ctx) as table:
                saved = table.find(identifier, self._origin)
                return SavedSetDetails(saved, table.images(saved.id))
        saved = self._store.find(identifier)
        return SavedSetDetails(saved, self._store.images(saved.id))

    def inverse(
        self, identifier: str, catalog: CatalogReader, ctx: TaskContext, *, source: Source = Source.LOCAL
    ) -> Inverse:
        """Return what takes a set back in the open database, to be staged or saved. Nothing is written here.

        Raises:
            HistoryFailed: as `show`; "history.other_database" (facts id, place); "history.nothing_left" (fact id).
        """
        details = self.show(identifier, ctx, source=source)
        saved = details.saved
        if saved.origin.identity != self._origin.identity:
            raise HistoryFailed("history.other_database", id=saved.short_id, place=saved.origin.place)
        if not saved.can_revert:
            raise HistoryFailed("history.nothing_left", id=saved.short_id)
        relations = self.relations_of(details.images, catalog, ctx)
        inverse = inverse_of(details.images, relations)
        self._offers.add(saved.id, inverse, relations)
        return inverse

    def choose(self, identifier: str) -> None:
        """Learn that an inverse is staged: saved in part or beside other edits it is told to be a taking back, too.

        An inverse that was only looked at is told from other saves where it is saved as it is, and alone.

        Args:
            identifier: The set's whole id.
        """
        self._offers.choose(identifier)

    def recall(self, identifier: str, catalog: CatalogReader, ctx: TaskContext) -> None:
        """Learn that the inverse of a set that is staged again was staged before Nexus Studio ended; see `choose`.

        Of a set that is gone by now, or can't be taken back any more, nothing can be told.
        """
        for source in Source:
            try:
                self.inverse(identifier, catalog, ctx, source=source)
            except HistoryFailed as error:
                log.info("set of a draft not found", extra=loggable(error))
            else:
                self.choose(identifier)
                return

    def relations_of(
        self, images: Sequence[RowImage], catalog: CatalogReader, ctx: TaskContext
    ) -> dict[RelationName, Relation]:
        """Return the relations of images as they are now; those that are gone are left out."""
        found: dict[RelationName, Relation] = {}
        for name in dict.fromkeys(image.relation for image in images):
            try:
                found[name] = catalog.relation(name, ctx)
            except UnknownRelation:
                log.info("relation of a saved set is gone")
        return found

    def triggers(self, saved: SavedSet, relations: Iterable[RelationName], ctx: TaskContext) -> tuple[str, ...]:
        """Return the triggers that stand on a set's tables now, as `table: trigger`: what they wrote is not kept.

        None of a set that wrote nothing, and of one of another database: its tables are not those of this one.

        Args:
            saved: The set.
            relations: Its tables that are still there.
            ctx: Whose token cancels it.
        """
        if not saved.can_revert or saved.origin.identity != self._origin.identity:
            return ()
        with self._session.read(ctx) as connection:
            found = triggers_on(connection, relations)
        return tuple(f"{name}: {each}" for name, those in found.items() for each in those)

    def choices(self, ctx: TaskContext, query: SetQuery | None = None) -> Choices:
        """Return by whom and to which tables anything was saved."""
        wanted = query or SetQuery()
        if wanted.source is Source.SHARED:
            with self._shared(ctx) as table:
                return Choices(table.people(), table.relations())
        identity = None if wanted.everywhere else self._origin.identity
        return Choices(self._store.people(identity), self._store.relations(identity))

    # ---- keeping house

    @property
    def file(self) -> Path:
        """The local store; it may not exist yet."""
        return self._store.file.file

    def torn_files(self) -> tuple[Path, ...]:
        """Return former stores that were damaged and are set aside: what they held is not shown."""
        return self._store.file.torn_files()

    @property
    def retention(self) -> Retention:
        """How long sets are kept, as the settings say."""
        settings = SettingsStore(self._paths.settings_file).load()
        return Retention(settings.get(HISTORY_DAYS), settings.get(HISTORY_MEGABYTES))

    def prune(self, rule: Retention, ctx: TaskContext, *, only_look: bool = False) -> Pruned:
        """Remove sets of this machine, of all databases, that a rule does not keep; the youngest stays."""
        ctx.token.raise_if_cancelled()
        return self._store.prune(rule, datetime.now(UTC), only_look=only_look)

    # ---- sharing

    def shared_state(self, ctx: TaskContext) -> SharedState:
        """Look whether a team shares a history in this database, and what this role may do with it."""
        with self._session.read(ctx) as connection:
            return shared.state_of(connection, self._session.profile.schema)

    def share(self, ctx: TaskContext, roles: Sequence[str] = ()) -> Effects:
        """Make the table of a history that a team shares. `roles` may add to it and read it.

        Raises:
            HistoryFailed: "history.has_table" (fact relation).
            PermissionDenied: the role may make no table there.
        """
        schema = self._session.profile.schema
        with self._session.write(ctx, needs=Capability.MAINTAIN) as connection:
            table = SharedTable(connection, schema)
            if shared.state_of(connection, schema).is_there:
                raise HistoryFailed("history.has_table", relation=str(table.relation))
            table.make(roles)
        return Effects(Kind.CATALOG, frozenset({table.relation}))

    # ---- inside

    @cached_property
    def _origin(self) -> Origin:
        profile, server = self._session.profile, self._session.server
        try:
            account = getpass.getuser()
        except (KeyError, OSError):  # no such account in this system's list
            account = ""
        return Origin(
            identity_of(profile),
            profile.place,
            server.database or profile.database,
            profile.name,
            profile.environment.value,
            server.user,
            account,
            socket.gethostname(),
        )

    @contextmanager
    def _shared(self, ctx: TaskContext) -> Iterator[SharedTable]:
        """Open the table for reading.

        Raises:
            HistoryFailed: "history.no_table", "history.table_kept_from" (fact relation).
        """
        schema = self._session.profile.schema
        with self._session.read(ctx) as connection:
            state = shared.state_of(connection, schema)
            if not state.may_read:
                code = "history.table_kept_from" if state.is_there else "history.no_table"
                raise HistoryFailed(code, relation=str(state.relation))
            yield SharedTable(connection, schema)

    def _keep_rule(self) -> None:
        """Have the retention setting hold, after each save: then nobody has to think of it."""
        try:
            self._store.prune(self.retention, datetime.now(UTC))
        except HistoryFailed as error:
            log.info("history not pruned", extra=loggable(error))

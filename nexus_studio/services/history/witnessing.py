"""HistoryWitness: looks on while a save is written, and keeps it - in the local store, and in the team's table."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from nexus_studio.core.data.history import Action, Origin, SavedSet, Standing, TableCount, TakenBack, counts_of
from nexus_studio.core.data.images import Outcome, RowImage
from nexus_studio.core.errors import HistoryFailed, HistoryUnwritten, ReasonMissing
from nexus_studio.core.names import RelationName
from nexus_studio.core.redact import loggable
from nexus_studio.services.history.shared import SharedTable, state_of
from nexus_studio.services.history.store import HistoryStore

log = logging.getLogger(__name__)

_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What a save said of itself. `must_keep` False: a person chose to save although it can't be kept."""

    reason: str = ""
    ticket: str = ""
    must_keep: bool = True
    needs_reason: bool = False


class HistoryWitness:
    """Keeps one save. A `SaveWitness`: one object for each call of `RowWriter.apply`.

    The local line is there before COMMIT, marked as pending, and settled when the end is known: should the process die
    in between, the server tells later what became of it.
    """

    def __init__(
        self,
        store: HistoryStore,
        origin: Origin,
        schema: str,
        asked: Asked,
        reverted: Callable[[Sequence[RowImage]], tuple[str, tuple[TakenBack, ...]]],
        kept: Callable[[], None],
    ) -> None:
        self._store, self._origin, self._schema, self._asked = store, origin, schema, asked
        self._reverted, self._kept = reverted, kept
        self._saved: SavedSet | None = None

    def before_commit(self, images: tuple[RowImage, ...], transaction: str | None, connection: object) -> None:
        """Keep what was written, as pending.

        Raises:
            ReasonMissing: the connection wants one.
            HistoryUnwritten: it could not be kept, and must be. Nothing is written then.
        """
        if self._asked.needs_reason and not self._asked.reason.strip():
            raise ReasonMissing
        saved = self._set(images)
        if saved is None:
            return
        self._add_locally(saved, images, transaction)
        if isinstance(connection, Connection):
            self._share(saved, images, connection)

    def ended(self, outcome: Outcome) -> None:
        """Settle it. What can't be settled now stays pending, and is when the history is next looked at."""
        saved = self._saved
        if saved is None or outcome is Outcome.IN_DOUBT:
            return
        try:
            if outcome is Outcome.NOT_WRITTEN:
                self._store.drop(saved.id)
            else:
                self._store.settle(saved.id, Standing.WRITTEN)
                self._kept()
        except HistoryFailed as error:
            log.info("set not settled", extra=loggable(error))

    def _set(self, images: Sequence[RowImage]) -> SavedSet | None:
        """Return what is kept beside the rows; None where there is nothing to keep."""
        if not images:
            return None
        reverts, takes_back = self._reverted(images)
        return SavedSet(
            new_id(),
            datetime.now(UTC),
            self._origin,
            Standing.PENDING,
            Action.REVERT if reverts else Action.SAVE,
            " ".join(self._asked.reason.split()),
            " ".join(self._asked.ticket.split()),
            counts_of(images),
            reverts,
            takes_back=takes_back,
        )

    def _add_locally(self, saved: SavedSet, images: Sequence[RowImage], transaction: str | None) -> None:
        try:
            self._store.add(saved, images, transaction)
        except HistoryFailed as error:
            if self._asked.must_keep:
                raise unwritten(error) from error
            log.info("saved without history", extra=loggable(error))
        else:
            self._saved = saved

    def _share(self, saved: SavedSet, images: Sequence[RowImage], connection: Connection) -> None:
        if not state_of(connection, self._schema).may_write:
            return
        try:
            SharedTable(connection, self._schema).add(replace(saved, standing=Standing.WRITTEN), images)
        except HistoryUnwritten as error:
            if self._asked.must_keep:
                raise
            log.info("saved without the team's history", extra=loggable(error))


class FileWitness(HistoryWitness):
    """Keeps one import of a file: its rows where they are given, else how many they are."""

    def __init__(
        self, store: HistoryStore, origin: Origin, schema: str, asked: Asked, kept: Callable[[], None],
        relation: RelationName, file: str,
    ) -> None:  # fmt: skip
        super().__init__(store, origin, schema, asked, lambda _images: ("", ()), kept)
        self._file, self._counted = file, TableCount(relation)

    def wrote(self, inserted: int, updated: int) -> None:
        """Learn how many rows were written, before `before_commit`."""
        self._counted = replace(self._counted, inserted=inserted, updated=updated)

    def _set(self, images: Sequence[RowImage]) -> SavedSet | None:
        if not self._counted.rows:
            return None
        return SavedSet(
            new_id(),
            datetime.now(UTC),
            self._origin,
            Standing.PENDING,
            Action.IMPORT,
            " · ".join(filter(None, (self._file, " ".join(self._asked.reason.split())))),
            " ".join(self._asked.ticket.split()),
            (self._counted,),
        )


def unwritten(error: HistoryFailed) -> HistoryUnwritten:
    """Say that something could not be kept, and why."""
    return HistoryUnwritten(file=error.facts.get("file"), words=error.facts.get("words") or error.code)


def new_id() -> str:
    """Draw an id that no other set has."""
    return secrets.token_hex(_ID_BYTES)

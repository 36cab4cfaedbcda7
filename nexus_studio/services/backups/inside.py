"""Looking inside a backup: it is a database to be read for as long as somebody looks, on a server of its own.

Several may be open at once. What a killed program has left of them goes with the next use of the server.
"""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from nexus_studio.core.admin.archives import ArchivePreview
from nexus_studio.core.admin.tablecomparison import KEPT, TableComparison
from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.redact import loggable
from nexus_studio.core.schema.catalog import RelationKind, RelationSummary
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.bringing import rows_back
from nexus_studio.services.backups.comparing import compare_table
from nexus_studio.services.backups.scratchrestore import Restored, restored
from nexus_studio.services.migrations.scratch import Where
from nexus_studio.services.paths import Paths
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_WITH_ROWS = frozenset({RelationKind.TABLE, RelationKind.PARTITIONED})


class Inside:
    """A backup that is open; made by `open_inside`, and gone after `close`. Any thread.

    `session` is on it and only reads. `problems` are what of it could not be restored, in the server's words without
    values: the rest is there.
    """

    def __init__(self, stack: ExitStack, found: Restored, session: Session) -> None:
        self.session = session
        self.preview: ArchivePreview = found.preview
        self.where: Where = found.where
        self.missing_extensions = found.missing_extensions
        self.problems = found.problems
        self.catalog = CatalogReader(session)
        self._stack = stack
        self._lock = threading.Lock()
        _open.add(self)

    def tables(self, ctx: TaskContext) -> tuple[RelationSummary, ...]:
        """List the tables, in the order of schema and name; of a partitioned one its partitions as well."""
        tree = self.catalog.tree(ctx)
        return tuple(each for each in tree.summaries.values() if each.kind in _WITH_ROWS)

    def compare(self, relation: RelationName, live: Session, ctx: TaskContext, *, limit: int = KEPT) -> TableComparison:
        """Compare a table with today's: see `comparing.compare_table`.

        Raises:
            UnknownRelation: the backup or today's database has no such table.
        """
        then, now = self.catalog.relation(relation, ctx), CatalogReader(live).relation(relation, ctx)
        return compare_table(self.session, live, then, now, ctx, limit=limit)

    def bring_back(
        self, relation: RelationName, keys: Sequence[RowKey], live: Session, ctx: TaskContext
    ) -> tuple[RowChange, ...]:
        """Return rows of the backup as changes to be staged in today's database: see `bringing.rows_back`.

        Args:
            relation: Whose rows.
            keys: As a comparison has them.
            live: Today's database; nothing is written to it.
            ctx: Whose token cancels it.

        Raises:
            UnknownRelation: the backup or today's database has no such table.
        """
        then, now = self.catalog.relation(relation, ctx), CatalogReader(live).relation(relation, ctx)
        return rows_back(self.session, live, then, now, keys, ctx)

    def close(self) -> None:
        """Drop the database; calling it again does nothing. May take a second."""
        with self._lock:  # whoever closes it while another does (the end of the process) waits for that
            self.session.close()
            self._stack.close()
            _open.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_open: weakref.WeakSet[Inside] = weakref.WeakSet()


def open_inside(
    session: Session | None, paths: Paths, file: Path, ctx: TaskContext, *, prefer: Where | None = None
) -> Inside:
    """Open a backup like a database; close it when nobody looks any more.

    Progress steps: those of `scratchrestore.restored`, then "inside.analyzing".

    Args:
        session: On the database it is of; None: there is none.
        paths: Where the embedded server's folder lies.
        file: The backup, also one without a sidecar.
        ctx: Cancelling stops it and leaves nothing.
        prefer: Where it should rather be restored.

    Raises:
        StudioError: as `scratchrestore.restored`.
    """
    with ExitStack() as stack:
        found = stack.enter_context(restored(session, paths, file, ctx, prefer=prefer))
        ctx.report(Progress("inside.analyzing"))
        with found.session.autocommit(ctx) as connection:
            connection.exec_driver_sql("ANALYZE")
        profile = replace(found.session.profile, name=file.name, read_only=True)
        reading = Session.open(profile, found.session.secret, ctx)
        stack.callback(reading.close)
        return Inside(stack.pop_all(), found, reading)


@atexit.register
def close_all() -> None:
    """Close whatever is still open. For the end of the process; registered after the embedded server's own end."""
    for each in tuple(_open):
        try:
            each.close()
        except StudioError as error:
            log.warning("backup not closed", extra=loggable(error))

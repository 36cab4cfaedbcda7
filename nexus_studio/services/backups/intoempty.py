"""Restoring into a database that is there and empty: nobody beside it, and empty again where that fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from nexus_studio.core.errors import RestoreRefused, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Capability
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.emptydatabase import (
    BareState,
    bare_state,
    contents_of,
    empty_again,
    end_ours_at,
    give_back_public,
    relations_in,
)
from nexus_studio.services.backups.freshdatabase import patiently
from nexus_studio.services.backups.restoreplan import MOST_NAMED, Plan, session_on
from nexus_studio.services.databases import maintenance
from nexus_studio.services.dberrors import translated
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_LOCK_IN: Final = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('nexus_studio_restore', 0))"

# What leaves it open whether a transaction has ended well: whoever asked for its end did not hear the answer.
_OUTCOME_UNKNOWN: Final = frozenset({"connection", "connection_lost", "killed"})
_EXISTS: Final = " already exists"
_OTHERS_THERE: Final = "others have made tables in it meanwhile"


def into_empty(session: Session, plan: Plan, load: Callable[[], None], ctx: TaskContext) -> None:
    """Restore into a database that holds nothing, and have it hold nothing again where that fails.

    Args:
        session: On the server.
        plan: With the database's name.
        load: Fills the database.
        ctx: Whose token cancels it.

    Raises:
        RestoreRefused: "restore.not_empty", "restore.not_emptied"; and what `load` raises.
    """
    database = plan.target.database
    with ExitStack() as stack:
        there = session_on(session, database, stack, ctx)
        stack.enter_context(_alone_in(there, ctx))
        before = bare_state(there, ctx)
        try:
            load()
        except BaseException as error:
            _emptied(session, database, before, _Remains(plan, error))
            raise
        there.drop_idle()


@contextmanager
def _alone_in(there: Session, ctx: TaskContext) -> Iterator[None]:
    """Have no other restore at work in a database, and see that none has filled it since it was looked at.

    Raises:
        RestoreRefused: "restore.not_empty" (facts database, names, count).
    """
    database = there.server.database
    with ExitStack() as stack:
        if not there.profile.pooler:  # behind one a lock would be anybody's
            driver = stack.enter_context(there.alone(ctx, purpose="restore"))
            with translated(ctx.token):
                if driver.execute(_LOCK_IN).fetchone() != (True,):
                    raise RestoreRefused("restore.not_empty", database=database, names=("restore",), count=1)
        if held := contents_of(there, ctx):
            raise RestoreRefused("restore.not_empty", database=database, names=held[:MOST_NAMED], count=len(held))
        yield


@dataclass(frozen=True, slots=True)
class _Remains:
    """What a failed restore may have left in a database that was empty."""

    plan: Plan
    error: BaseException

    @property
    def is_nothing(self) -> bool:
        """Whether the server has undone all of it: what is there is somebody else's."""
        if not self.plan.is_atomic or not isinstance(self.error, StudioError):
            return False  # a transaction may have ended well just before it was cancelled
        return self.error.facts.get("reason") not in _OUTCOME_UNKNOWN

    def may_be(self, there: Collection[RelationName]) -> bool:
        """Tell whether all relations that are there can be the restore's own, and none was there before it."""
        if isinstance(self.error, StudioError) and _EXISTS in str(self.error.facts.get("words") or ""):
            return False
        brought = {RelationName(each.schema, each.name) for each in self.plan.preview.items}
        return not brought or brought.issuperset(there)


def _emptied(session: Session, database: str, before: BareState, remains: _Remains) -> None:
    """Take out of a database what a failed restore has left in it: nothing, where that was one transaction.

    What others have put there meanwhile is not touched.

    Raises:
        RestoreRefused: "restore.not_emptied" (facts database, words).
    """

    def empty() -> None:
        ctx = TaskContext()
        with maintenance(session, ctx, needs=Capability.RESTORE) as driver:
            end_ours_at(driver, database)
        with ExitStack() as stack:
            there = session_on(session, database, stack, ctx)
            there.drop_idle()
            if remains.is_nothing:
                give_back_public(there, before, ctx)
            elif not remains.may_be(relations_in(there, ctx)):
                raise RestoreRefused("restore.not_emptied", database=database, words=_OTHERS_THERE)
            elif contents_of(there, ctx) or bare_state(there, ctx) != before:
                empty_again(there, before, ctx)

    try:
        patiently(empty)
    except RestoreRefused:
        raise
    except StudioError as error:
        log.warning("database not emptied again", extra={"database": database, **loggable(error)})
        words = error.report.message if error.report else error.code
        raise RestoreRefused("restore.not_emptied", database=database, words=words) from error

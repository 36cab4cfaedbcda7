"""The worker side of the task runner: what runs on a pool thread and what it may hold.

A worker never touches a `Task`. It has the function and the runner's bound `emit`, and everything it has to say is
queued to the UI thread under the job's number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRunnable

from nexus_studio.core.errors import BugError, StudioError
from nexus_studio.core.redact import loggable, safe_trace
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext

log = logging.getLogger(__name__)

Work = Callable[[TaskContext], Any]


@dataclass(slots=True, eq=False)
class Job:
    """What a worker thread gets. `post` is the runner's bound emit; `skip` is set when it need not start at all."""

    number: int
    work: Work | None
    token: CancelToken
    post: Callable[[int, object], None]
    skip: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: a result, an error, or neither (cancelled)."""

    result: object = None
    error: StudioError | None = None
    cancelled: bool = False


class RunJob(QRunnable):
    """Runs one job on a pool thread and posts its outcome."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job: Job | None = job

    def run(self) -> None:
        """Do the work; called by the pool."""
        job, self._job = self._job, None
        if job is not None:
            job.post(job.number, outcome_of(job))


class SendStop(QRunnable):
    """Sends one stop, on the cancel lane: it may be a network round trip."""

    def __init__(self, token: CancelToken) -> None:
        super().__init__()
        self._token = token

    def run(self) -> None:
        """Cancel the token; called by the pool."""
        try:
            self._token.cancel()
        except Exception as error:  # the work goes on and its own answer says how it ended
            log.info("stop could not be sent", extra=loggable(error))


class Drop(QRunnable):
    """Puts away, on the cancel lane, a result that nobody takes: closing it may be a network round trip."""

    def __init__(self, dropped: Callable[[Any], None], result: object) -> None:
        super().__init__()
        self._dropped = dropped
        self._result: object = result

    def run(self) -> None:
        """Hand the result over; called by the pool."""
        try:
            self._dropped(self._result)
        except Exception as error:  # nobody is left to be told
            log.info("dropped result could not be put away", extra=loggable(error))


def outcome_of(job: Job) -> Outcome:
    """Do a job's work and say how it ended, whatever it raised: the window's one broad `except` around work."""
    work, job.work = job.work, None
    context = TaskContext(job.token, lambda progress: job.post(job.number, progress))
    try:
        if job.skip or work is None:
            return Outcome(cancelled=True)
        return Outcome(result=work(context))
    except Cancelled:
        return Outcome(cancelled=True)
    except StudioError as error:
        log.info("task failed", extra=loggable(error))
        return Outcome(error=_bare(error))
    except Exception as error:  # whatever it is, the window must live and the person be told
        trace = safe_trace(error)
        log.error("task broke", extra={**loggable(error), "trace": trace})  # noqa: TRY400 - its message may quote values
        return Outcome(error=BugError("bug.task", trace=trace, error=type(error).__name__))


def _bare(error: StudioError) -> StudioError:
    """Cut an error loose from its frames: they hold whatever the work had in hand, to be freed on no pool thread."""
    error.__traceback__ = None
    error.__cause__ = None
    error.__context__ = None
    return error

"""One connection to a server: a profile as libpq parameters, a failure as its cause, a missing database made."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import psycopg
from psycopg import sql

from nexus_studio.core.errors import ConnectionFailed, ForbiddenHere
from nexus_studio.core.profiles import Capability, ConnectionProfile
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.dberrors import translated
from nexus_studio.services.diagnosis import diagnose

APPLICATION_NAME = "nexus-studio"
CONNECT_TIMEOUT_S = 10
_CANCEL_TIMEOUT_S = 5.0
_LIBPQ_PORT = 5432

# Databases every cluster has (manual 22.3), to stand in while another is made.
_ALWAYS_THERE = ("postgres", "template1")


def libpq_parameters(profile: ConnectionProfile, secret: str | None) -> dict[str, Any]:
    """Return the keyword arguments for `psycopg.connect`; what the profile leaves empty is libpq's to decide.

    That is: the environment (PGHOST, PGPASSWORD ...), a service file, ~/.pgpass, and libpq's defaults.
    """
    parameters: dict[str, Any] = {
        "application_name": APPLICATION_NAME,
        "connect_timeout": str(CONNECT_TIMEOUT_S),
        **dict(profile.libpq),
    }
    given = {"host": profile.host, "dbname": profile.database, "user": profile.user}
    parameters |= {name: value for name, value in given.items() if value}
    # without a host, the usual port is nobody's wish: a service or PGPORT may know another
    if profile.host or profile.port != _LIBPQ_PORT:
        parameters.setdefault("port", str(profile.port))
    if secret is not None:
        parameters["password"] = secret
    return parameters


def connect(profile: ConnectionProfile, secret: str | None, token: CancelToken | None = None) -> psycopg.Connection:
    """Open one connection. A failure may take some seconds more to be explained.

    Raises:
        ConnectionFailed: with the cause as its code; see `diagnosis.diagnose` for its facts.
        Cancelled: as soon as `token` is cancelled; what still comes of the attempt is closed.
    """
    parameters = libpq_parameters(profile, secret)
    if token is None:
        return _attempt(parameters)
    return _unless_cancelled(lambda: _attempt(parameters), token)


def _unless_cancelled(attempt: Callable[[], psycopg.Connection], token: CancelToken) -> psycopg.Connection:
    """Make an attempt in a thread of its own: waiting for a name server or a silent host can only be left behind."""
    outcome: Future[psycopg.Connection] = Future()
    ended = threading.Event()

    def run() -> None:
        try:
            outcome.set_result(attempt())
        except BaseException as error:  # raised again by `outcome.result`
            outcome.set_exception(error)
        ended.set()

    with token.calling(ended.set):
        # a daemon: leaving the program does not wait for a host that never answers
        threading.Thread(target=run, name="connect", daemon=True).start()
        ended.wait()
    if token.is_cancelled:
        outcome.add_done_callback(_close_unwanted)
        raise Cancelled
    return outcome.result()


def _close_unwanted(outcome: Future[psycopg.Connection]) -> None:
    if outcome.exception() is None:
        outcome.result().close()


def _attempt(parameters: dict[str, Any]) -> psycopg.Connection:
    try:
        return psycopg.connect(**parameters)
    except psycopg.Error as error:
        raise diagnose(error, parameters) from error


def create_database(profile: ConnectionProfile, secret: str | None, ctx: TaskContext) -> None:
    """Create the profile's database on its server: the cure of "connection.database_missing".

    Raises:
        ForbiddenHere: when the profile is read-only or its environment forbids it: production's is made by hand.
        ConnectionFailed: when the server can't be reached otherwise either.
        StudioError: when PostgreSQL refuses (no right to create databases, a template in use).
    """
    if not profile.allows(Capability.CREATE):
        code = "forbidden.read_only" if profile.read_only else "forbidden.environment"
        raise ForbiddenHere(code, capability=Capability.CREATE.name, environment=profile.environment.value)
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(profile.database))
    with (
        _maintenance(profile, secret, ctx.token) as connection,
        translated(ctx.token),
        ctx.token.calling(lambda: connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)),
    ):
        connection.autocommit = True
        connection.execute(statement)


def _maintenance(profile: ConnectionProfile, secret: str | None, token: CancelToken) -> psycopg.Connection:
    for database in _ALWAYS_THERE[:-1]:
        try:
            return connect(profile.with_database(database), secret, token)
        except ConnectionFailed as error:
            if error.code != "connection.database_missing":
                raise
    return connect(profile.with_database(_ALWAYS_THERE[-1]), secret, token)

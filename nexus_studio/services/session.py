"""Session: the one way to the server - read, write and autocommit blocks, cancellable, guarded by the profile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import QueuePool

from nexus_studio.core.admin.timeouts import TIMEOUTS
from nexus_studio.core.errors import BugError, ConnectionFailed, ConnectionLost, ForbiddenHere
from nexus_studio.core.profiles import Capability, ConnectionProfile, Environment, declared_environment
from nexus_studio.core.tasks import CancelToken, TaskContext
from nexus_studio.services.connecting import APPLICATION_NAME, connect
from nexus_studio.services.cutting import Stop
from nexus_studio.services.dberrors import translated
from nexus_studio.services.paths import Paths
from nexus_studio.services.quietly import hushed
from nexus_studio.services.writelock import JOURNAL, WriteLock, checked, record

OLDEST_VERSION = 120000
"""Lowest `server_version_num` that is supported: PostgreSQL 12."""

POOL_SIZE = 5
POOL_TIMEOUT_S = 30.0

# One round trip: everything the window says about a server. `pg_settings` is readable by every role.
_SERVER_INFO = text(
    r"""
    SELECT current_setting('server_version_num')::int AS version_num,
           current_setting('server_version') AS version,
           current_setting('server_encoding') AS encoding,
           current_setting('TimeZone') AS time_zone,
           current_database() AS database,
           current_user AS "user",
           (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser,
           pg_catalog.pg_is_in_recovery() AS standby,
           -- not transaction_read_only: this is asked inside a READ ONLY transaction. Nor what this session has set:
           -- production's lock can be opened
           (SELECT reset_val = 'on' FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only')
               AS read_only,
           current_setting('nexus.environment', true) AS environment_set,
           (SELECT substring(pg_catalog.shobj_description(oid, 'pg_database')
                             FROM 'nexus\.environment\s*=\s*([A-Za-z]+)')
              FROM pg_catalog.pg_database WHERE datname = current_database()) AS environment_noted,
           ARRAY(SELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1) AS extensions
    """
)


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What the server says of itself. `version_num` is server_version_num: 150004 for 15.4.

    `read_only` says that transactions can't write unless they ask to: the default of the server, the database or the
    role. `declared` is what the database says it is for, None where it says nothing.
    """

    version_num: int
    version: str
    encoding: str
    time_zone: str
    database: str
    user: str
    superuser: bool
    standby: bool
    read_only: bool
    extensions: tuple[str, ...]
    declared: Environment | None = None


class Session:
    """A pool of connections to one database under one profile. Any thread may use it.

    The blocks (`read`, `write`, `autocommit`) yield a SQLAlchemy connection whose statements are cancelled on the
    server when the context's token is cancelled, and raise only errors of `core.errors` (or `Cancelled`). After `close`
    they raise ConnectionLost "connection.closed".

    In production a session starts locked: the server's default is READ ONLY, and what writes is refused until
    `unlock`, for a while.
    """

    def __init__(
        self, profile: ConnectionProfile, engine: Engine, server: ServerInfo, secret: str | None = None
    ) -> None:
        self.profile = profile
        self.server = server
        self.secret = secret  # for what connects by itself: pg_dump, a project's own interpreter; never logged
        self.write_lock = WriteLock(profile.environment)
        self._engine = engine
        self._is_closed = False

    @classmethod
    def open(
        cls, profile: ConnectionProfile, secret: str | None, ctx: TaskContext, *, is_assumed: bool = False
    ) -> Session:
        """Connect, check the server's version and learn about it.

        Args:
            profile: How and as what to open it.
            secret: Its password.
            ctx: Whose token stops it.
            is_assumed: Nobody said what the database is for: what it says itself counts then.

        Raises:
            ConnectionFailed: with the cause as its code; "environment.disagrees" (facts declared, chosen, database)
                where the database says that it is for something else than the profile.
            Cancelled: at once when the token is cancelled, also while the line is still being made.
        """
        session = cls._opened(profile, secret, ctx)
        declared = session.server.declared
        if declared in {None, profile.environment}:
            return session
        session.close()
        if is_assumed and declared is not None:
            return cls._opened(replace(profile, environment=declared), secret, ctx)
        raise ConnectionFailed(
            "environment.disagrees",
            declared=declared.value if declared is not None else "",
            chosen=profile.environment.value,
            database=session.server.database,
        )

    @classmethod
    def _opened(cls, profile: ConnectionProfile, secret: str | None, ctx: TaskContext) -> Session:
        ctx.token.raise_if_cancelled()
        engine = _engine(profile, secret)
        try:
            session = cls(profile, engine, _NOTHING_KNOWN, secret)
            with session._block(ctx, readonly=True) as connection:
                found = connection.execute(_SERVER_INFO).mappings().one()
            session.server = _server_info(dict(found))
        except BaseException:
            engine.dispose()
            raise
        if session.server.version_num < OLDEST_VERSION:
            engine.dispose()
            raise ConnectionFailed("connection.server_too_old", version=session.server.version)
        return session

    @property
    def is_read_only(self) -> bool:
        """Whether nothing may be written now: the session is locked, or it can't be otherwise."""
        return self.is_read_only_for_good or self.write_lock.refuses

    @property
    def is_read_only_for_good(self) -> bool:
        """Whether nothing may ever be written: the profile says so, or the server is a standby or defaults to it.

        `BEGIN READ WRITE` would get around such a default. Whoever set it meant it.
        """
        return self.profile.read_only or self.server.standby or self.server.read_only

    @property
    def looking_profile(self) -> ConnectionProfile:
        """The profile for code of others that only has to look: while nothing may be written, nor may it.

        Behind a pooler that can't be said when connecting.
        """
        if not self.is_read_only or self.profile.pooler:
            return self.profile
        libpq = dict(self.profile.libpq)
        libpq["options"] = f"{libpq.get('options', '')} -c {_READ_ONLY}=on".strip()
        return replace(self.profile, libpq=tuple(libpq.items()))

    @property
    def can_unlock(self) -> bool:
        """Whether this is a session to be unlocked and locked: one on production that is not read-only for good."""
        return self.write_lock.is_lockable and not self.is_read_only_for_good

    @property
    def unlocked_until(self) -> datetime | None:
        """Until when a session on production is unlocked; None while it is locked, and elsewhere."""
        return self.write_lock.unlocked_until

    def unlock(self, reason: str, minutes: int, paths: Paths | None = None) -> datetime | None:
        """Allow writing to production for some minutes; who, when and why goes to the journal first.

        Elsewhere there is nothing to unlock, and nothing happens. Returns until when.

        Raises:
            ForbiddenHere: "forbidden.read_only": that is not a lock.
            UserError: "unlock.reason" (none was given), "unlock.minutes" (fact most), "unlock.unrecorded" (fact file).
        """
        if self.is_read_only_for_good:
            raise self._forbidden("forbidden.read_only", Capability.WRITE)
        if not self.write_lock.is_lockable:
            return None
        words = checked(reason, minutes)
        journal = (paths or Paths.default()).data / JOURNAL
        record(journal, self.profile.place, self.server.user, minutes, words)
        return self.write_lock.unlock(minutes)

    def lock(self) -> None:
        """Refuse writing to production again, at once; what runs goes on to its end."""
        self.write_lock.lock()

    @contextmanager
    def begun(self, needs: Capability) -> Iterator[None]:
        """Do something long that writes: once begun it is ended and recorded, although the time is over meanwhile.

        Raises:
            ForbiddenHere: as `require`.
        """
        self.require(needs)
        with self.write_lock.open_for():
            yield

    @contextmanager
    def read(
        self, ctx: TaskContext, *, timeout_ms: int | None = None, one_snapshot: bool = False, runs_raw: bool = False
    ) -> Iterator[Connection]:
        """Open a READ ONLY transaction.

        Args:
            ctx: Whose token cancels it.
            timeout_ms: Its statement_timeout where the environment's isn't right.
            one_snapshot: All its statements see the database as the first one did (REPEATABLE READ).
            runs_raw: It runs SQL that a person wrote. What that may leave behind in the session, although nothing can
                be written (advisory locks), is let go at the end.
        """
        isolation = "REPEATABLE READ" if one_snapshot else None
        with self._block(ctx, readonly=True, isolation=isolation, timeout_ms=timeout_ms) as connection:
            try:
                yield connection
            finally:
                if runs_raw and not connection.closed and not connection.invalidated:
                    _let_go(connection)

    @contextmanager
    def write(self, ctx: TaskContext, *, needs: Capability = Capability.WRITE) -> Iterator[Connection]:
        """Open one READ WRITE transaction: committed at the end of the block, rolled back on any exception.

        Raises:
            ForbiddenHere: when the profile does not allow `needs`.
        """
        self.require(needs)
        with self._block(ctx, readonly=False) as connection:
            yield hushed(connection) if self.profile.masking else connection
            connection.commit()

    @contextmanager
    def autocommit(self, ctx: TaskContext, *, needs: Capability = Capability.MAINTAIN) -> Iterator[Connection]:
        """Yield a connection without a transaction, for VACUUM, CREATE DATABASE and their like.

        Raises:
            ForbiddenHere: when the profile does not allow `needs`.
        """
        self.require(needs)
        with self._block(ctx, readonly=None, isolation="AUTOCOMMIT") as connection:
            if not self.write_lock.is_lockable or self.profile.pooler:
                yield connection
                return
            _apply(_driver(connection), {_READ_ONLY: "off"}, local=False)
            try:
                yield connection
            finally:
                _lock_again(connection)

    @contextmanager
    def alone(self, ctx: TaskContext, *, purpose: str = "") -> Iterator[psycopg.Connection]:
        """Yield a driver's connection outside of the pool, in autocommit: what it holds (a lock) ends with the block.

        Cancelling the token stops the making of the connection and nothing after that: what is recorded must be
        recorded also then. No time-outs but the environment's. Errors are the driver's: use `dberrors.translated`.

        Args:
            ctx: Whose token cancels the connecting.
            purpose: Follows the program's name in application_name, so that others can tell what holds a lock.

        Raises:
            ConnectionFailed: with the cause as its code.
            ConnectionLost: "connection.closed" once the session is.
        """
        if self._is_closed:
            raise ConnectionLost("connection.closed")
        driver = connect(self.profile, self.secret, ctx.token)
        try:
            driver.prepare_threshold = None
            driver.autocommit = True
            if not self.profile.pooler:
                _set_up(driver, self.profile, local=False)
                if self.write_lock.is_lockable and not self.is_read_only_for_good and not self.write_lock.refuses:
                    _apply(driver, {_READ_ONLY: "off"}, local=False)
                if purpose:
                    _apply(driver, {"application_name": f"{APPLICATION_NAME} {purpose}"}, local=False)
            yield driver
        finally:
            driver.close()

    def require(self, capability: Capability) -> None:
        """Refuse what the profile does not allow, or not now. The guard stands here, not in a dialog.

        Raises:
            ForbiddenHere: "forbidden.read_only", "forbidden.environment", "forbidden.locked" (production, until it is
                unlocked); facts capability and environment.
        """
        writes = bool(capability & ~Capability.BROWSE)
        if writes and self.is_read_only_for_good:
            raise self._forbidden("forbidden.read_only", capability)
        if not self.profile.allows(capability):
            raise self._forbidden("forbidden.environment", capability)
        if writes and self.write_lock.refuses:
            raise self._forbidden("forbidden.locked", capability)

    def _forbidden(self, code: str, capability: Capability) -> ForbiddenHere:
        return ForbiddenHere(code, capability=capability.name, environment=self.profile.environment.value)

    def drop_idle(self, *, but: int = 0) -> None:
        """Close the connections that nobody uses now, so that the database can be copied. New ones may be made.

        Args:
            but: How many of them stay: those that were used last.
        """
        pool = self._engine.pool
        for _ in range(pool.checkedin() - but if isinstance(pool, QueuePool) else 0):  # the longest unused comes first
            idle = self._engine.raw_connection()
            idle.invalidate()
            idle.close()

    def close(self) -> None:
        """Close every idle connection; busy ones close when their work ends. No new work begins."""
        self._is_closed = True
        self._engine.dispose()

    @contextmanager
    def _block(
        self, ctx: TaskContext, *, readonly: bool | None, isolation: str | None = None, timeout_ms: int | None = None
    ) -> Iterator[Connection]:
        """Open a block; `readonly` None: there is no transaction for which that would have to be said."""
        with self._emptied_when_closed(), translated(ctx.token), self._connected(ctx.token) as connection:
            options: dict[str, Any] = {} if readonly is None else {"postgresql_readonly": readonly}
            if isolation:
                options["isolation_level"] = isolation
            connection = connection.execution_options(**options)  # noqa: PLW2901 - the same connection, told more
            stop = Stop(_driver(connection), may_cut=self.profile.pooler and readonly is not None)
            with ctx.token.calling(stop):
                try:
                    self._settle(connection, timeout_ms)
                    stop.may_cut = False
                    yield connection
                finally:
                    # A cancel may still be on its way to this backend: the next statement must not meet it. And a
                    # closed session's pool would keep the connection open until the garbage is collected.
                    if (ctx.token.is_cancelled or self._is_closed) and not connection.closed:
                        connection.invalidate()

    @contextmanager
    def _emptied_when_closed(self) -> Iterator[None]:
        """Close what comes back to the pool of a session that was closed just then."""
        pool = self._engine.pool
        try:
            yield
        finally:
            if self._is_closed:
                pool.dispose()

    def _connected(self, token: CancelToken) -> Connection:
        """Take a connection from the pool, or make one.

        Raises:
            ConnectionLost: "connection.closed" once the session is.
            Cancelled: when the token was cancelled while a connection was being made.
        """
        if self._is_closed:
            raise ConnectionLost("connection.closed")
        former = _waiting.set(token)
        try:
            return self._engine.connect()
        finally:
            _waiting.reset(former)

    def _settle(self, connection: Connection, timeout_ms: int | None) -> None:
        """Apply what the transaction needs: behind a pooler all settings (nothing lives in the session), else few.

        Outside a transaction a pooler leaves nothing to apply them to: the next statement may meet another backend, and
        what was set would stay on this one for whoever comes next.
        """
        driver = _driver(connection)
        local = not driver.autocommit
        if self.profile.pooler:
            if not local:
                return
            _set_up(driver, self.profile, local=True)
        if timeout_ms is not None:
            _apply(driver, {"statement_timeout": str(timeout_ms)}, local=local)


# The token of whoever waits for a connection just now: SQLAlchemy calls the creator without a word about its caller.
_waiting: ContextVar[CancelToken | None] = ContextVar("_waiting", default=None)

_NOTHING_KNOWN = ServerInfo(0, "", "", "", "", "", superuser=False, standby=False, read_only=False, extensions=())


_READ_ONLY = "default_transaction_read_only"


def _server_info(found: dict[str, Any]) -> ServerInfo:
    words = (found.pop("environment_set"), found.pop("environment_noted"))
    extensions = tuple(found.pop("extensions"))
    return ServerInfo(**found, extensions=extensions, declared=declared_environment(*words))


def _lock_again(connection: Connection) -> None:
    """Have what comes next on a connection of the pool read only, or close it where that can't be said."""
    if connection.closed or connection.invalidated:
        return
    try:
        _apply(_driver(connection), {_READ_ONLY: "on"}, local=False)
    except psycopg.Error:
        connection.invalidate()


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise BugError("bug.driver")
    return driver


def _let_go(connection: Connection) -> None:
    """Release the session's advisory locks, which outlive a transaction: another one must not meet them.

    In one message with the end of the transaction, whatever its state: a pooler gives the backend away after it.
    """
    try:
        _driver(connection).execute("ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all()", prepare=False)
    except psycopg.Error:  # cancelled or cut: they end with the connection
        connection.invalidate()


def _engine(profile: ConnectionProfile, secret: str | None) -> Engine:
    """Make the engine. Parameters are hidden because SQLAlchemy's errors and logs would repeat them."""

    def creator() -> psycopg.Connection:
        driver = connect(profile, secret, _waiting.get())
        if profile.pooler:
            driver.prepare_threshold = None  # a pooler may hand the next transaction to another backend
            return driver
        try:
            _set_up(driver, profile, local=False)
            driver.commit()
        except BaseException:
            driver.close()
            raise
        return driver

    return create_engine(
        "postgresql+psycopg://",
        creator=creator,
        poolclass=QueuePool,
        pool_size=min(POOL_SIZE, profile.pool_size or POOL_SIZE),
        max_overflow=0 if profile.pool_size else POOL_SIZE,
        pool_timeout=profile.pool_timeout or POOL_TIMEOUT_S,
        hide_parameters=True,
        use_native_hstore=False,  # saves a query per connection: cells are read as text
    )


def _set_up(driver: psycopg.Connection, profile: ConnectionProfile, *, local: bool) -> None:
    """Set what every connection of a profile needs. What the server may refuse goes by itself, to be told apart.

    Raises:
        ConnectionFailed: "connection.time_zone" or "connection.role_not_allowed".
    """
    _apply(driver, _settings(profile), local=local)
    if profile.time_zone:
        with _refused_as(ConnectionFailed("connection.time_zone", time_zone=profile.time_zone)):
            _apply(driver, {"timezone": profile.time_zone}, local=local)
    if profile.role:
        with _refused_as(ConnectionFailed("connection.role_not_allowed", role=profile.role)):
            _apply(driver, {"role": profile.role}, local=local)


@contextmanager
def _refused_as(failure: ConnectionFailed) -> Iterator[None]:
    """Say what a setting's refusal means: no such value (22023), none of that name (42704), no privilege (42501)."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate in {"22023", "42704", "42501"}:
            raise failure from error
        raise


def _settings(profile: ConnectionProfile) -> dict[str, str]:
    """Return the server settings that make cells read the same everywhere, and the profile's harmless ones."""
    times = TIMEOUTS[profile.environment]
    settings = {
        "standard_conforming_strings": "on",  # as `core/sql/rawexpr.py` reads strings
        "datestyle": "ISO, YMD",
        "intervalstyle": "postgres",
        "bytea_output": "hex",
        "extra_float_digits": "1",
        "statement_timeout": str(times.statement_ms),
        "lock_timeout": str(times.lock_ms),
        "idle_in_transaction_session_timeout": str(times.idle_ms),
    }
    if profile.read_only or profile.environment is Environment.PRODUCTION:
        settings[_READ_ONLY] = "on"
    if path := search_path(profile):
        settings["search_path"] = path
    return settings


def search_path(profile: ConnectionProfile) -> str:
    """Return the search_path that a profile wishes for, "" where the server's own will do."""
    if not profile.schema or profile.schema == "public":
        return ""
    return '"' + profile.schema.replace('"', '""') + '", public'


def _apply(driver: psycopg.Connection, settings: dict[str, str], *, local: bool) -> None:
    """Set all settings in one round trip (`set_config`, manual section 9.28.1)."""
    names, values = list(settings), list(settings.values())
    driver.execute(
        "SELECT pg_catalog.set_config(name, value, %s) FROM unnest(%s::text[], %s::text[]) AS s(name, value)",
        (local, names, values),
    )

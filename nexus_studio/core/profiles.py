"""Connection profiles: where a database is, what it is for, and what may be done to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, Flag, auto
from pathlib import Path


class Environment(Enum):
    """What a database is for. Decides colour, rails and defaults."""

    DEMO = "demo"
    DEVELOPMENT = "development"
    CI = "ci"
    STAGING = "staging"
    PRODUCTION = "production"

    @property
    def strictness(self) -> int:
        """How much care it wants, compared with others."""
        return list(Environment).index(self)


SETTING = "nexus.environment"
"""What a database may say of itself: a setting of that name, or `nexus.environment=…` in its comment."""

_OTHER_WORDS = {"dev": "development", "prod": "production", "stage": "staging"}


def declared_environment(*words: str | None) -> Environment | None:
    """Return what a database says it is for, by what its setting and its comment say; None where neither does.

    Where the two differ, the stricter one counts. A word that means nothing counts as nothing said.
    """
    said = [word.strip().lower() for word in words if word]
    known = {each.value: each for each in Environment}
    found = [known[word] for word in (_OTHER_WORDS.get(word, word) for word in said) if word in known]
    return max(found, key=lambda each: each.strictness, default=None)


class Capability(Flag):
    """What an action needs to be allowed to do. `core/admin/acts.py` says which act needs which."""

    BROWSE = auto()
    WRITE = auto()
    MIGRATE = auto()
    SEED = auto()
    RESET = auto()
    MAINTAIN = auto()
    PROTOTYPE = auto()  # bring the database to the models without a migration, or with one just written
    IMPORT = auto()
    CREATE = auto()  # whole databases and servers
    RESTORE = auto()  # databases from backups; what was there is kept


_ALL = ~Capability(0)
_OWN = Capability.RESET | Capability.SEED | Capability.PROTOTYPE  # only where the database is one's own

ALLOWED: dict[Environment, Capability] = {
    Environment.DEMO: _ALL,
    Environment.DEVELOPMENT: _ALL,
    Environment.CI: _ALL,
    Environment.STAGING: _ALL & ~_OWN,
    Environment.PRODUCTION: _ALL & ~_OWN & ~Capability.IMPORT & ~Capability.CREATE,
}
"""What an environment ever allows. In production all but BROWSE needs the session to be unlocked as well."""


@dataclass(frozen=True, slots=True)
class ConnectionProfile:
    """A named connection. The password is never part of it: see `services/profile_store.py`.

    `host` is a host name, an address, or the absolute path of a socket directory; empty means libpq's default.
    `libpq` holds further libpq connection parameters exactly as libpq names them (sslmode, sslrootcert, service,
    connect_timeout in seconds, options, target_session_attrs ...). `schema` is the schema to show first and to put
    first on the search path. `pool_size` and `pool_timeout` (seconds) come from Prisma's connection_limit and
    pool_timeout. `pooler` says that a transaction pooler such as PgBouncer stands between, so nothing may live in the
    session. `time_zone` is an IANA name, empty means the server's. `project` is the folder with its migrations,
    `python` that project's own interpreter (None: the one of the environment beside it). `health_url` is where the
    application on this database says that it is well, such as https://example.org/api/health. `requires_reason`: who
    saves rows has to say why; it is kept in the history. `prisma_version` is whose ways to follow in a Prisma project,
    such as "6.19.3" (empty: those of the version that it has). `fills_updated_at`: a column named updatedAt that the
    database does not fill is set to now with each edit of its row. `public_given`: the URL names the schema
    "public" itself; in a Prisma project that goes before the role's own search path, as any other schema does.
    """

    name: str
    host: str = ""
    port: int = 5432
    database: str = ""
    user: str = ""
    environment: Environment = Environment.DEVELOPMENT
    read_only: bool = False
    role: str | None = None
    schema: str = "public"
    time_zone: str = ""
    masking: bool = False
    project: Path | None = None
    python: Path | None = None
    libpq: tuple[tuple[str, str], ...] = field(default=())
    pool_size: int | None = None
    pool_timeout: float | None = None
    pooler: bool = False
    health_url: str = ""
    prisma_version: str = ""
    requires_reason: bool = False
    fills_updated_at: bool = False
    public_given: bool = False

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine: a socket or a loopback name."""
        return self.host.startswith("/") or self.host in {"", "localhost", "127.0.0.1", "::1"}

    @property
    def place(self) -> str:
        """Name the database and server for people: `nexus_dev @ localhost:5434`; no user and no password."""
        where = "socket" if self.host.startswith("/") or not self.host else f"{self.host}:{self.port}"
        return f"{self.database or self.user or '?'} @ {where}"

    def allows(self, capability: Capability) -> bool:
        """Tell whether the environment and the read-only flag permit an action."""
        if capability & ~Capability.BROWSE and self.read_only:
            return False
        return capability in ALLOWED[self.environment]

    def with_database(self, database: str) -> ConnectionProfile:
        """Return the same server with another database."""
        return replace(self, database=database)

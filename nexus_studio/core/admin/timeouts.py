"""How long a server may work, wait and idle for Studio: one table, by what the database is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nexus_studio.core.profiles import Environment


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Milliseconds; 0 is no limit (for `migration_lock_ms`: the server's own setting).

    `statement_ms`: the longest statement; `lock_ms`: the longest wait for a lock; `idle_ms`: how long a transaction may
    wait for its client; `migration_lock_ms`: the longest wait for a lock of a migration's statement.
    """

    statement_ms: int
    lock_ms: int
    idle_ms: int
    migration_lock_ms: int


_OWN: Final = Timeouts(statement_ms=0, lock_ms=5000, idle_ms=600_000, migration_lock_ms=0)

TIMEOUTS: Final[Mapping[Environment, Timeouts]] = MappingProxyType(
    {
        Environment.DEMO: _OWN,
        Environment.DEVELOPMENT: _OWN,
        Environment.CI: _OWN,
        # others must not be held up by a window somebody left open
        Environment.STAGING: Timeouts(statement_ms=60_000, lock_ms=5000, idle_ms=600_000, migration_lock_ms=5000),
        Environment.PRODUCTION: Timeouts(statement_ms=30_000, lock_ms=5000, idle_ms=120_000, migration_lock_ms=5000),
    }
)

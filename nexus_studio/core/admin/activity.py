"""Activity: who is connected and does what, who waits for whom, how many connections are left. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DEFAULT_INTERVAL_S: Final = 2.0
"""How often a person who looks on sees it anew, unless they wish otherwise."""

LONG_TRANSACTION: Final = timedelta(minutes=5)
IDLE_IN_TRANSACTION: Final = timedelta(minutes=1)
LONG_QUERY: Final = timedelta(minutes=1)
NEARLY_FULL: Final = 0.8
"""The share of the connections that everybody may use from which on they are nearly used up."""

MARKS: Final = ("blocks", "waits", "idle_in_transaction", "long_transaction", "long_query")
"""What is to be looked at in a session, gravest first."""

MAY_NOT: Final = ("self", "kind", "superuser", "role", "unseen")
"""Why a session can't be ended by this role: it is the one that looks; a process of the server's own; a superuser's
(or one of nobody's), which takes a superuser; of a role that this one is no member of, and it is not in
pg_signal_backend; since when it is there may not be seen, so nobody could tell it from a later one of its number."""

CLIENT: Final = "client backend"
_IN_TRANSACTION: Final = "idle in transaction"

Key = int | str
"""A process by its number, or a prepared transaction by its name ("" where that is not known)."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A process of the server. What the role may not see is None or "", and `is_hidden` says so.

    `kind` is what the server calls it ("client backend", "autovacuum worker"). `query` is what it does now or has done
    last, without values unless they were asked for. `waits_for` are those it waits for a lock of; `may_end` is "" where
    this role may end it, else one of `MAY_NOT`. `xmin_age` is how many transactions ago the oldest one began that it
    still sees. `is_ours`: it is Nexus Studio's, here or elsewhere.
    """

    pid: int
    backend_start: datetime | None = None
    kind: str = ""
    user: str = ""
    database: str = ""
    application: str = ""
    client: str = ""
    state: str = ""
    wait_type: str = ""
    wait: str = ""
    query: str = ""
    query_id: int | None = None
    transaction_start: datetime | None = None
    query_start: datetime | None = None
    state_change: datetime | None = None
    xmin_age: int | None = None
    leader_pid: int | None = None
    is_hidden: bool = False
    is_self: bool = False
    is_ours: bool = False
    may_end: str = ""
    waits_for: tuple[Key, ...] = ()
    marks: frozenset[str] = frozenset()

    @property
    def is_client(self) -> bool:
        """Whether it takes one of max_connections. One that may not be seen does, if it has a role and a database."""
        return self.kind == CLIENT or (self.is_hidden and bool(self.user and self.database))


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A prepared transaction: it belongs to no process, and keeps its locks until somebody ends it by its name."""

    name: str
    user: str
    database: str
    prepared_at: datetime


@dataclass(frozen=True, slots=True)
class Blocked:
    """A line of the blocking tree, which is told from above: who is waited for first, then who waits.

    `key` is whose line it is. `depth` is 0 for those that wait for nobody. `parent` is the place in the tree of the one
    that is waited for; of several the one that itself waits longest in the chain. `waiting` is how many wait below.
    """

    key: Key
    depth: int
    parent: int | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Connections:
    """How many connections are used, of how many; `reserved` of them are for superusers and their like."""

    used: int
    most: int
    reserved: int = 0
    by_application: tuple[tuple[str, int], ...] = ()
    by_database: tuple[tuple[str, int], ...] = ()
    by_user: tuple[tuple[str, int], ...] = ()
    by_state: tuple[tuple[str, int], ...] = ()

    @property
    def left(self) -> int:
        """How many everybody may still open."""
        return max(0, self.most - self.reserved - self.used)

    @property
    def is_nearly_full(self) -> bool:
        """Whether few are left."""
        return self.used >= NEARLY_FULL * (self.most - self.reserved)


@dataclass(frozen=True, slots=True)
class ActivitySnapshot:
    """What went on at one moment, the server's own time.

    `notes` are codes: "standby" (what it shows is the standby's own), "pooler" (a session may be another client's by
    now), "hidden" (the role may not see all: pg_monitor would).
    """

    taken_at: datetime
    sessions: tuple[SessionRow, ...]
    connections: Connections
    prepared: tuple[PreparedRow, ...] = ()
    tree: tuple[Blocked, ...] = ()
    notes: tuple[str, ...] = ()

    def session(self, pid: int) -> SessionRow | None:
        """Return the session of a process; None where there is none."""
        return next((each for each in self.sessions if each.pid == pid), None)


def marks_of(session: SessionRow, now: datetime, *, blocks: bool) -> frozenset[str]:
    """Return what is to be looked at in a session.

    Args:
        session: The session.
        now: The server's time.
        blocks: Whether somebody waits for it.
    """
    return frozenset(_marks(session, now, blocks=blocks))


def _marks(session: SessionRow, now: datetime, *, blocks: bool) -> Iterator[str]:
    if blocks:
        yield "blocks"
    if session.waits_for:
        yield "waits"
    if session.kind != CLIENT:  # a walsender's transaction, or an autovacuum, is long by right
        return
    if session.state.startswith(_IN_TRANSACTION) and _lasts(session.state_change, now, IDLE_IN_TRANSACTION):
        yield "idle_in_transaction"
    if _lasts(session.transaction_start, now, LONG_TRANSACTION):
        yield "long_transaction"
    if session.state == "active" and _lasts(session.query_start, now, LONG_QUERY):
        yield "long_query"


def _lasts(since: datetime | None, now: datetime, limit: timedelta) -> bool:
    return since is not None and now - since >= limit


def blocking_tree(waits: Mapping[Key, Sequence[Key]]) -> tuple[Blocked, ...]:
    """Lay out who waits for whom; each once, whoever is waited for by most first.

    A queue for one lock is a chain: who came later also waits for those before. There are no circles, for PostgreSQL
    ends them after a second; but not all were asked at one moment, so that one may be seen: it is cut then.

    Args:
        waits: By each that waits, those that it waits for.
    """
    real = {waiter: others for waiter, holders in waits.items() if (others := frozenset(holders) - {waiter})}
    depths = _depths(real)
    below: dict[Key, list[Key]] = defaultdict(list)
    for waiter, holders in real.items():
        if depths[waiter]:
            nearest = max(
                (each for each in holders if depths[each] < depths[waiter]), key=lambda each: (depths[each], str(each))
            )
            below[nearest].append(waiter)
    counts: Counter[Key] = Counter()
    for key in sorted(depths, key=lambda each: -depths[each]):  # who waits below is counted before
        counts[key] = sum(1 + counts[each] for each in below[key])
    roots = [key for key, depth in depths.items() if not depth]
    return tuple(_laid_out(roots, below, counts))


def _laid_out(roots: list[Key], below: Mapping[Key, list[Key]], counts: Mapping[Key, int]) -> Iterator[Blocked]:
    def first(keys: Iterable[Key]) -> list[Key]:
        return sorted(keys, key=lambda each: (-counts[each], str(each)))

    place = 0
    open_: list[tuple[Key, int, int | None]] = [(key, 0, None) for key in reversed(first(roots))]
    while open_:  # not by recursion: a queue may be a thousand deep
        key, depth, parent = open_.pop()
        yield Blocked(key, depth, parent, counts[key])
        open_.extend((each, depth + 1, place) for each in reversed(first(below.get(key, ()))))
        place += 1


def _depths(waits: Mapping[Key, frozenset[Key]]) -> dict[Key, int]:
    """Return how long the longest chain is in front of each; whoever is in a circle counts as waiting for nobody."""
    left = {waiter: set(holders) for waiter, holders in waits.items()}
    depths: dict[Key, int] = {key: 0 for holders in left.values() for key in holders if key not in left}
    behind: dict[Key, list[Key]] = defaultdict(list)
    for waiter, holders in left.items():
        for key in holders:
            behind[key].append(waiter)
    ready = deque(depths)
    while left:
        if not ready:  # a circle: cut where the number is lowest
            key = min(left, key=str)
            del left[key]
            depths[key] = 0
            ready.append(key)
        key = ready.popleft()
        for waiter in behind[key]:
            if waiter in left:
                left[waiter].discard(key)
                if not left[waiter]:
                    del left[waiter]
                    depths[waiter] = 1 + max(depths[each] for each in waits[waiter])
                    ready.append(waiter)
    return depths


def connections_of(sessions: Iterable[SessionRow], most: int, reserved: int) -> Connections:
    """Count the connections that take one of max_connections, and whose they are; most first."""
    clients = [each for each in sessions if each.is_client]

    def counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))

    return Connections(
        len(clients),
        most,
        reserved,
        by_application=counted(each.application for each in clients),
        by_database=counted(each.database for each in clients),
        by_user=counted(each.user for each in clients),
        by_state=counted(each.state for each in clients),
    )

"""The rules of the deployment checklist: facts of a server or a connection in, a finding out. Pure, with thresholds."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.envsecrets import DEFAULT_PASSWORDS
from nexus_studio.core.admin.readiness import (
    Cure,
    Finding,
    Remedy,
    Value,
    failed,
    not_applicable,
    ok,
    warning,
)
from nexus_studio.core.admin.retention import Standing, standing_of
from nexus_studio.core.admin.schedules import Trouble, TroubleKind

# --- TLS

WEAK_PROTOCOLS: Final = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})  # RFC 8996 and before
_EDIT: Final = Remedy(Cure.STEP, "connection.edit")


@dataclass(frozen=True, slots=True)
class LineFacts:
    """How a connection is made, as the client and as the server see it.

    `address` is what the name led to ("" for a socket). `is_encrypted` is the client's word; protocol and cipher are
    the server's, "" where it sees none: then whoever stands between has ended TLS, or there is none.
    `has_authority`: an authority's certificate is given, so that libpq verifies with "require" as well.
    """

    is_socket: bool
    is_encrypted: bool
    address: str = ""
    sslmode: str = "prefer"
    has_authority: bool = False
    protocol: str = ""
    cipher: str = ""
    bits: int | None = None


def tls_finding(line: LineFacts) -> Finding:
    """Judge how the connection is encrypted, and whether anybody verified who answers."""
    if line.is_socket:
        return ok("tls.socket", {"sslmode": line.sslmode})
    if not line.is_encrypted:
        return failed("tls.plain", {"sslmode": line.sslmode, "address": line.address}, _EDIT)
    seen: dict[str, Value] = {
        "sslmode": line.sslmode,
        "protocol": line.protocol or None,
        "cipher": line.cipher or None,
        "bits": line.bits,
    }
    if line.protocol in WEAK_PROTOCOLS:
        return failed("tls.weak", seen)
    if line.sslmode == "verify-full":
        return ok("tls.verified" if line.protocol else "tls.verified_ended_before", seen)
    if line.sslmode == "verify-ca" or (line.sslmode == "require" and line.has_authority):
        return warning("tls.host_unverified", seen, _EDIT)
    return warning("tls.unverified", seen, _EDIT)


# --- who may reach it

_NETWORKS_OF_ALL: Final = frozenset({"all", "0.0.0.0", "::", "0.0.0.0/0", "::/0"})  # noqa: S104 - rules that are read
_WIDE_PREFIX: Final = {4: 16, 6: 32}  # public networks larger than these are as good as anybody


@dataclass(frozen=True, slots=True)
class HbaRule:
    """A line of pg_hba.conf as `pg_hba_file_rules` shows it; its netmask is None for names such as "all"."""

    kind: str
    databases: tuple[str, ...]
    users: tuple[str, ...]
    address: str | None
    netmask: str | None
    method: str

    @property
    def words(self) -> str:
        """The line as it is written, about."""
        parts = (self.kind, ",".join(self.databases), ",".join(self.users), self.address or "", self.method)
        return " ".join(part for part in parts if part)

    @property
    def is_open(self) -> bool:
        """Whether it lets anybody of the internet knock."""
        if self.kind == "local" or self.method == "reject" or not self.address:
            return False
        if self.address in _NETWORKS_OF_ALL and self.netmask in {None, "0.0.0.0", "::"}:  # noqa: S104
            return True
        try:
            network = ipaddress.ip_network(f"{self.address}/{_prefix(self.netmask)}", strict=False)
        except ValueError:
            return False  # a name, samehost, samenet
        return not network.is_private and network.prefixlen < _WIDE_PREFIX[network.version]


def exposure_finding(listens: Sequence[str], rules: Sequence[HbaRule] | None, address: str, port: int) -> Finding:
    """Judge whether the internet can reach the server.

    Args:
        listens: `listen_addresses`, taken apart.
        rules: pg_hba.conf; None: the role may not read it.
        address: Where this connection leads to, "" for a socket.
        port: The server's.
    """
    seen: dict[str, Value] = {"listen_addresses": ", ".join(listens) or "–", "port": port}
    if all(_is_loopback(each) for each in listens):
        return ok("exposure.loopback", seen)
    if rules is not None:
        opened = [each for each in rules if each.is_open]
        if unguarded := [each for each in opened if each.method == "trust"]:
            return failed("exposure.trust", {**seen, "pg_hba": tuple(each.words for each in unguarded)})
        if opened:
            return failed("exposure.open", {**seen, "pg_hba": tuple(each.words for each in opened)})
        return ok("exposure.closed", {**seen, "pg_hba_lines": len(rules)})
    if address and _is_public(address):
        return warning("exposure.public_address", {**seen, "address": address})
    return ok("exposure.private_address", {**seen, "address": address or None})


# --- passwords

SHORTEST: Final = 16  # characters of a password that nobody types
SHORTEST_AT_ALL: Final = 12
_DEFAULTS: Final = DEFAULT_PASSWORDS | {
    "passwort", "letmein", "pgsql", "database", "nexus_dev", "nexus-studio", "welcome", "supabase", "prisma",
    "change-me", "your_password", "yourpassword", "your-password",
}  # fmt: skip
_LEAST_DIFFERENT: Final = 6  # different characters


def password_finding(secret: str | None, *, names: Iterable[str], published: frozenset[str], source: str) -> Finding:
    """Judge a password. Neither it nor a part of it is in the finding.

    Args:
        secret: The one that the server asked for; None: it asked for none.
        names: Words that everybody knows of this connection: user, database, host.
        published: Passwords that the repository's examples have or had.
        source: Where it was found, for the evidence.
    """
    if secret is None:
        return failed("password.not_asked")
    seen: dict[str, Value] = {"length": len(secret), "from": source}
    bare = secret.lower().rstrip("0123456789!.")
    if {secret.lower(), bare} & _DEFAULTS:
        return failed("password.default", seen, _EDIT)
    if secret.lower() in {name.lower() for name in names if name} or bare in {n.lower() for n in names if n}:
        return failed("password.name", seen, _EDIT)
    if secret in published:
        return failed("password.published", seen, _EDIT)
    if len(secret) < SHORTEST_AT_ALL or len(set(secret)) < _LEAST_DIFFERENT:
        return failed("password.weak", seen, _EDIT)
    if len(secret) < SHORTEST:
        return warning("password.short", seen, _EDIT)
    return ok("password.strong", seen)


# --- backups

FRESH_HOURS: Final = 24
OLD_HOURS: Final = 7 * 24
_SHOWN_PROBLEMS: Final = 5
_HOUR: Final = 3600


def backup_finding(
    records: Sequence[BackupRecord],
    broken: Sequence[str],
    now: datetime,
    folder: str,
    troubles: Sequence[Trouble] = (),
) -> Finding:
    """Judge whether a recent backup exists, whether any such was ever restored, and whether its schedule is kept.

    Args:
        records: Those of this database whose files are as they were written, newest first.
        broken: Files whose sidecar says otherwise than they are, or that are gone.
        now: The moment.
        folder: Where they are looked for.
        troubles: What is wrong with the connection's schedule.
    """
    runs = _runs_seen(troubles)
    if not records:
        if broken:
            return failed("backup.damaged", {"files": tuple(broken), "folder": folder, **runs})
        return failed("backup.none", {"folder": folder, **runs})
    newest = records[0]
    hours = (now - newest.made_at).total_seconds() / _HOUR
    proven = max((each.proven_at for each in records if each.proven_at), default=None)
    seen: dict[str, Value] = {
        "made_at": newest.made_at,
        "age_hours": round(hours, 1),
        "size_bytes": newest.size_bytes,
        "tool": newest.tool,
        "revision": newest.revision or None,
        "proven_at": proven,
        "file": newest.file,
        **runs,
    }
    if hours > OLD_HOURS:
        return failed("backup.old", seen)
    if (refuted := newest.proof) is not None and standing_of(newest, newest.size_bytes) is Standing.NOT_PROVEN:
        problems = (*refuted.problems, *(f"{each.relation}: {each.kind.value}" for each in refuted.differences))
        return failed("backup.refuted", {**seen, "tried_at": refuted.proven_at, "problems": problems[:_SHOWN_PROBLEMS]})
    doubts = {
        "backup.runs_failed": "runs_failed" in runs,
        "backup.runs_missed": "runs_missed" in runs,
        "backup.not_fresh": hours > FRESH_HOURS,
        "backup.some_damaged": bool(broken),
        "backup.unproven": proven is None,
    }
    if reason := next((each for each, is_so in doubts.items() if is_so), ""):
        return warning(reason, {**seen, "files": tuple(broken)} if reason == "backup.some_damaged" else seen)
    return ok("backup.fresh", seen)


def _runs_seen(troubles: Sequence[Trouble]) -> dict[str, Value]:
    seen: dict[str, Value] = {}
    for each in troubles:
        if each.kind is TroubleKind.FAILED:
            seen |= {"runs_failed": each.count, "failed_at": each.last, "failed_with": each.code}
        else:
            seen |= {"runs_missed": each.count, "missed_at": each.last}
    return seen


# --- load

MANY_PERCENT: Final = 80
FULL_PERCENT: Final = 95
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there may be, and are: of the server, the database and the role.

    `most` is max_connections without what is reserved; a limit of None is none.
    """

    most: int
    used: int
    database_most: int | None = None
    database_used: int = 0
    role_most: int | None = None
    role_used: int = 0

    @property
    def tightest(self) -> int:
        """How many this role may have in this database, at most."""
        return min(each for each in (self.most, self.database_most, self.role_most) if each is not None)

    @property
    def used_percent(self) -> int:
        """The share that is in use of whichever limit is nearest."""
        pairs = (
            (self.used, self.most),
            (self.database_used, self.database_most),
            (self.role_used, self.role_most),
        )
        return max(round(_WHOLE * used / most) for used, most in pairs if most)


def connections_finding(limits: ConnectionLimits) -> Finding:
    """Judge how near the limits of connections are."""
    seen: dict[str, Value] = {
        "used": limits.used,
        "most": limits.most,
        "database_limit": limits.database_most,
        "role_limit": limits.role_most,
        "used_percent": limits.used_percent,
    }
    if limits.used_percent >= FULL_PERCENT:
        return failed("connections.full", seen)
    if limits.used_percent >= MANY_PERCENT:
        return warning("connections.many", seen)
    return ok("connections.room", seen)


def pool_finding(size: int | None, limits: ConnectionLimits, *, has_pooler: bool, is_serious: bool) -> Finding:
    """Judge the pool's limit of the URL (`connection_limit`) against what the server allows."""
    seen: dict[str, Value] = {"pool_limit": size, "server_limit": limits.tightest}
    if size is not None and size > limits.tightest:
        return failed("pool.beyond", seen, _EDIT)
    if size is not None:
        return ok("pool.limited", seen)
    if has_pooler:
        return ok("pool.pooler", {"server_limit": limits.tightest})
    return warning("pool.unlimited", seen, _EDIT) if is_serious else not_applicable("pool.environment")


# --- the server

# Major version -> the day of its final release. https://www.postgresql.org/support/versioning/
END_OF_LIFE: Final[Mapping[int, date]] = {
    12: date(2024, 11, 21),
    13: date(2025, 11, 13),
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
SOON_DAYS: Final = 180


def version_finding(version_num: int, version: str, today: date, *, is_serious: bool) -> Finding:
    """Judge whether the server's version still gets fixes."""
    major = version_num // 10_000
    end = END_OF_LIFE.get(major)
    if end is None:
        kind = ok if major > max(END_OF_LIFE) else failed
        return kind("version.new" if kind is ok else "version.ended", {"version": version})
    seen: dict[str, Value] = {"version": version, "supported_until": end.isoformat()}
    if today > end:
        return failed("version.ended", seen) if is_serious else warning("version.ended", seen)
    if is_serious and (end - today).days < SOON_DAYS:
        return warning("version.ends_soon", seen)
    return ok("version.supported", seen)


_ZONE = re.compile(r"[A-Za-z][A-Za-z_]*(?:/[A-Za-z0-9_+-]+)*")
_NO_ZONES: Final = frozenset({"localtime", "Factory", "posixrules"})


def time_zone_finding(name: str) -> Finding:
    """Judge whether a time zone is one that everybody means the same by: a name, no POSIX rule of one's own."""
    seen: dict[str, Value] = {"time_zone": name}
    if name in _NO_ZONES or not _ZONE.fullmatch(name):
        return warning("time_zone.odd", seen)
    return ok("time_zone.named", seen)


_INTEGERS: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
SEQUENCE_PERCENT: Final = 80
SEQUENCE_FULL_PERCENT: Final = 95


@dataclass(frozen=True, slots=True)
class SequenceFacts:
    """A sequence, where it stands (None: never used, or it may not be read), and the type of the column it fills."""

    name: str
    last: int | None
    least: int
    most: int
    increment: int
    column_type: str = ""

    @property
    def used_percent(self) -> float:
        """The share of its numbers that is used up; of the column's type where that is narrower."""
        if self.last is None:
            return 0.0
        widest = _INTEGERS.get(self.column_type, 2**63 - 1)
        if self.increment < 0:
            end, start = max(self.least, -widest - 1), self.most
        else:
            end, start = min(self.most, widest), self.least
        return min(100.0, _WHOLE * abs(self.last - start) / max(1, abs(end - start)))


def sequences_finding(sequences: Sequence[SequenceFacts], unreadable: int) -> Finding:
    """Judge whether a sequence comes near its end."""
    near = sorted(
        (each for each in sequences if each.used_percent >= SEQUENCE_PERCENT),
        key=lambda each: each.used_percent,
        reverse=True,
    )
    counts: dict[str, Value] = {"sequences": len(sequences), "unreadable": unreadable or None}
    if not near:
        return ok("sequences.far", {**counts, "most_used_percent": _most([each.used_percent for each in sequences])})
    shares = tuple(f"{each.name}: {each.used_percent:.1f} % ({each.column_type or 'bigint'})" for each in near)
    if near[0].used_percent >= SEQUENCE_FULL_PERCENT:
        return failed("sequences.ending", {"near_end": shares, **counts})
    return warning("sequences.near", {"near_end": shares, **counts})


FREEZE_PERCENT: Final = 40
FREEZE_DANGER_PERCENT: Final = 75
_SPAN: Final = 2**31
_LATE: Final = 1.1  # vacuum against wraparound starts at the limit; this far beyond it does not come through


def wraparound_finding(database: str, age: int, multixact_age: int, *, freeze_max_age: int) -> Finding:
    """Judge how far the oldest row is from running out of transaction numbers.

    Args:
        database: The one that is oldest.
        age: Of its oldest transaction, in transactions.
        multixact_age: Of its oldest multixact.
        freeze_max_age: autovacuum_freeze_max_age.
    """
    share = round(_WHOLE * max(age, multixact_age) / _SPAN, 1)
    seen: dict[str, Value] = {"database": database, "age": age, "multixact_age": multixact_age, "used_percent": share}
    if share >= FREEZE_DANGER_PERCENT:
        return failed("wraparound.danger", seen, Remedy(Cure.COPY, "VACUUM (FREEZE);"))
    if share >= FREEZE_PERCENT and max(age, multixact_age) > freeze_max_age * _LATE:
        return warning("wraparound.late", seen, Remedy(Cure.COPY, "VACUUM (FREEZE);"))
    return ok("wraparound.far", seen)


def _most(shares: Iterable[float]) -> float:
    return round(max(shares, default=0.0), 1)


def _is_loopback(address: str) -> bool:
    if address in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _prefix(netmask: str | None) -> int:
    """Return how many bits of an address count by a netmask as PostgreSQL shows it."""
    if netmask is None:
        raise ValueError
    return int(ipaddress.ip_address(netmask)).bit_count()

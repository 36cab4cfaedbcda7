"""What is said about a file of a backup: where it is from, what made it, whether it was proven. A JSON file beside it.

The sidecar of `x.dump` is `x.dump.json`. Times are ISO 8601 with their zone. A key that is not known is left alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from nexus_studio.core.profiles import ConnectionProfile

SUFFIX: Final = ".json"
"""What a sidecar's name has behind the name of its file."""

FORMAT: Final = 1

_LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """What a sidecar says.

    `file` is the name of the file it stands beside, without a folder. `server` is where the database is, as
    `server_of` writes it, `database` its name. `tool` is the program that wrote it, such as "pg_dump 16.4", `revision`
    the migrations that were applied then ("" where none is known, several separated by commas). `proven_at` is when it
    was last restored into a database and found whole, None: never. `who` is whose work it was, as user@machine, and
    `reason` what it was made for: "backup", "reset", "recreate", "empty", "shelf".
    """

    file: str
    server: str
    database: str
    made_at: datetime
    size_bytes: int
    sha256: str
    tool: str
    revision: str = ""
    proven_at: datetime | None = None
    who: str = ""
    reason: str = "backup"

    def is_of(self, profile: ConnectionProfile) -> bool:
        """Tell whether it is a backup of a profile's database."""
        return (self.server, self.database) == (server_of(profile), profile.database)


def server_of(profile: ConnectionProfile) -> str:
    """Name a profile's server: `localhost:5434`, `/tmp/sockets:5432`. All names of this machine's loopback are one."""
    host = "localhost" if profile.host in _LOOPBACK else profile.host.lower()
    return f"{host}:{profile.port}"


def identity_of(profile: ConnectionProfile) -> str:
    """Return a short text that no other database has: what is like its name in `safe_name` may be like another's."""
    return hashlib.sha256(json.dumps([server_of(profile), profile.database]).encode()).hexdigest()[:16]


def file_name(profile: ConnectionProfile, made_at: datetime, reason: str, token: str, ending: str = "dump") -> str:
    """Return the name of a new file of a database: `nexus_dev-20261130T101500Z-reset-5c2f90ab41d7e683-9e1b.dump`.

    `token` tells it from another one of the same second; whoever makes the file draws it.
    """
    moment = f"{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{safe_name(profile.database)}-{moment}-{reason}-{identity_of(profile)}-{token}.{ending}"


def safe_name(name: str) -> str:
    """Return a name for a file or a folder that is like a database's, a server's or a person's own."""
    return _UNSAFE.sub("_", name)[:60].strip(".") or "_"


def sidecar_text(record: BackupRecord) -> str:
    """Write a sidecar."""
    values: dict[str, Any] = {"format": FORMAT, **asdict(record)}
    values["made_at"] = record.made_at.isoformat()
    values["proven_at"] = record.proven_at.isoformat() if record.proven_at else None
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def read_sidecar(text: str) -> BackupRecord:
    """Read a sidecar.

    Raises:
        ValueError: it is none, or one that is broken.
    """
    values = json.loads(text)
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ValueError("no sidecar")
    try:
        proven = values.get("proven_at")
        return BackupRecord(
            file=str(values["file"]),
            server=str(values["server"]),
            database=str(values["database"]),
            made_at=_moment(values["made_at"]),
            size_bytes=int(values["size_bytes"]),
            sha256=str(values["sha256"]),
            tool=str(values["tool"]),
            revision=str(values.get("revision") or ""),
            proven_at=_moment(proven) if proven else None,
            who=str(values.get("who") or ""),
            reason=str(values.get("reason") or "backup"),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("broken sidecar") from error


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found

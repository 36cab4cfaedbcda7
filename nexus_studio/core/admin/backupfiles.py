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

from nexus_studio.core.admin.backups import Difference, Proof, SequenceState, TableDifference, TableState
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile

SUFFIX: Final = ".json"
"""What a sidecar's name has behind the name of its file."""

FORMAT: Final = 1

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9000

_LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
_CHOOSING: Final = frozenset({"--table", "--schema"})
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """What a sidecar says.

    `file` is the name of the file it stands beside, without a folder. `server` is where the database is, as
    `server_of` writes it, `database` its name. `tool` is the program that wrote it, such as "pg_dump 16.4", `revision`
    the migrations that were applied then ("" where none is known, several separated by commas). `proven_at` is when it
    was last restored into a database and found whole, None: never. `who` is whose work it was, as user@machine, and
    `reason` what it was made for: "backup", "reset", "recreate", "empty", "shelf", "before restore", "scheduled".

    Of a folder (`format` "directory"), `size_bytes` is the sum of its files and `sha256` that of the list of them.
    `options` are pg_dump's, without names and places. `states` are the tables as the dump's own snapshot had them, None
    where nobody looked; `sequences` between which values each stood meanwhile, None likewise. `proof` is what the last
    attempt to prove it has shown, good or bad. `encrypted` is the program that did it ("age", "gpg", "" none),
    `globals_file` the name of the file of roles beside it. `copies` are the places where it was copied to. `profile` is
    the name of the profile it was made with. `warnings` are codes of what was to be said when it was made:
    "tool.newer_than_target", "backup.pooler" (no snapshot could be had, so nothing was counted), "backup.room" (there
    was hardly room for it). `system` is the identifier of the server's data, "" where it could not be read: two servers
    may be at one address, one after the other. `extensions` and `roles` are those that a whole database names, None
    where nobody looked. `tables` are those of a whole database that nobody counted, with the large objects as
    `states` have them; `objects` is about how many locks it takes to make all of it in one transaction.
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
    format: str = "custom"
    compression: str = "gzip"
    contents: str = "all"
    options: tuple[str, ...] = ()
    server_version: str = ""
    snapshot: str = ""
    duration_s: float = 0.0
    states: tuple[TableState, ...] | None = None
    sequences: tuple[SequenceState, ...] | None = None
    proof: Proof | None = None
    encrypted: str = ""
    globals_file: str = ""
    copies: tuple[str, ...] = ()
    profile: str = ""
    warnings: tuple[str, ...] = ()
    system: str = ""
    extensions: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    tables: tuple[RelationName, ...] | None = None
    objects: int | None = None

    @property
    def is_partial(self) -> bool:
        """Whether it holds less than a whole database: some tables, only their rows, or no rows."""
        return self.contents != "all" or any(each.partition("=")[0] in _CHOOSING for each in self.options)

    def is_of(self, profile: ConnectionProfile, system: str = "") -> bool:
        """Tell whether it is a backup of a profile's database.

        Args:
            profile: Where that is.
            system: The identifier of the server's data, as it is now; "": nobody knows.
        """
        is_another = bool(self.system and system) and self.system != system
        return not is_another and (self.server, self.database) == (server_of(profile), profile.database)


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
    values: dict[str, Any] = {**asdict(record), "dump_format": record.format, "format": FORMAT}
    if record.states is not None:
        values["states"] = [_state_values(each) for each in record.states]
    if record.tables is not None:
        values["tables"] = [{"schema": each.schema, "table": each.name} for each in record.tables]
    if record.sequences is not None:
        values["sequences"] = [_sequence_values(each) for each in record.sequences]
    if record.proof is not None:
        values["proof"]["differences"] = [_difference_values(each) for each in record.proof.differences]
    return json.dumps(values, indent=2, ensure_ascii=False, default=_said) + "\n"


def read_sidecar(text: str) -> BackupRecord:
    """Read a sidecar.

    Raises:
        ValueError: it is none, or one that is broken.
    """
    try:
        values = json.loads(text)
    except RecursionError as error:
        raise ValueError("no sidecar") from error
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
            format=str(values.get("dump_format") or "custom"),
            compression=str(values.get("compression") or "gzip"),
            contents=str(values.get("contents") or "all"),
            options=_texts(values, "options"),
            server_version=str(values.get("server_version") or ""),
            snapshot=str(values.get("snapshot") or ""),
            duration_s=float(values.get("duration_s") or 0),
            states=None if values.get("states") is None else tuple(map(_state_of, values["states"])),
            sequences=None if values.get("sequences") is None else tuple(map(_sequence_of, values["sequences"])),
            proof=_proof_of(values["proof"]) if values.get("proof") else None,
            encrypted=str(values.get("encrypted") or ""),
            globals_file=str(values.get("globals_file") or ""),
            copies=_texts(values, "copies"),
            profile=str(values.get("profile") or ""),
            warnings=_texts(values, "warnings"),
            system=str(values.get("system") or ""),
            extensions=None if values.get("extensions") is None else _texts(values, "extensions"),
            roles=None if values.get("roles") is None else _texts(values, "roles"),
            tables=None if values.get("tables") is None else tuple(map(_relation, values["tables"])),
            objects=None if values.get("objects") is None else int(values["objects"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError("broken sidecar") from error


def _state_values(state: TableState) -> dict[str, Any]:
    relation = state.relation
    return {"schema": relation.schema, "table": relation.name, "rows": state.rows, "checksum": state.checksum}


def _state_of(values: dict[str, Any]) -> TableState:
    checksum = values.get("checksum")
    return TableState(_relation(values), int(values["rows"]), None if checksum is None else str(checksum))


def _sequence_values(state: SequenceState) -> dict[str, Any]:
    relation = state.relation
    return {"schema": relation.schema, "name": relation.name, "low": state.low, "high": state.high}


def _sequence_of(values: dict[str, Any]) -> SequenceState:
    low, high = (None if values[key] is None else int(values[key]) for key in ("low", "high"))
    return SequenceState(RelationName(str(values["schema"]), str(values["name"])), low, high)


def _difference_values(each: TableDifference) -> dict[str, Any]:
    relation = each.relation
    return {
        "schema": relation.schema,
        "table": relation.name,
        "kind": each.kind.value,
        "expected": each.expected,
        "found": each.found,
    }


def _proof_of(values: dict[str, Any]) -> Proof:
    return Proof(
        proven_at=_moment(values["proven_at"]),
        where=str(values["where"]),
        server_version=str(values["server_version"]),
        duration_s=float(values["duration_s"]),
        compared=int(values["compared"]),
        differences=tuple(
            TableDifference(_relation(each), Difference(each["kind"]), each["expected"], each["found"])
            for each in values["differences"]
        ),
        missing_extensions=_texts(values, "missing_extensions"),
        problems=_texts(values, "problems"),
        model_problems=_texts(values, "model_problems"),
    )


def _relation(values: dict[str, Any]) -> RelationName:
    return RelationName(str(values["schema"]), str(values["table"]))


def _texts(values: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(each) for each in values.get(key) or ())


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:  # in another zone it may be none at all
        raise ValueError("a time that makes no sense")
    return found

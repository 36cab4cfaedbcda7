"""Saved connections: profiles in `profiles.toml`, their secrets in the system's keyring and nowhere else.

Where a secret comes from, in this order: the URL or what the person typed in this session; PGPASSWORD and ~/.pgpass
(libpq reads both itself when no password is given); the keyring.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.errors
import tomli_w

from nexus_studio.core.errors import InvalidProfile
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.url_parameters import SECRET_PARAMETERS
from nexus_studio.services.paths import Paths

FILE_NAME = "profiles.toml"
KEYRING_SERVICE = "nexus-studio"

_TEXT = ("host", "database", "user", "schema", "time_zone", "health_url", "prisma_version")
_FLAGS = ("read_only", "masking", "pooler", "requires_reason", "fills_updated_at", "public_given")
_PATHS = ("project", "python")
_OWN = frozenset(
    {"name", "port", "environment", "role", "project", "python", "libpq", "pool_size", "pool_timeout", *_TEXT, *_FLAGS}
)


@dataclass(frozen=True, slots=True)
class KeyringState:
    """Whether secrets can be kept. `available` False: they are asked for each time. `backend` names it for people."""

    available: bool
    backend: str


class ProfileStore:
    """The profiles of one person. What touches the file is quick; what touches secrets may block: use a task."""

    def __init__(self, paths: Paths) -> None:
        self._file = paths.config / FILE_NAME

    @property
    def file(self) -> Path:
        """The TOML file; it may not exist yet."""
        return self._file

    def load(self) -> tuple[ConnectionProfile, ...]:
        """Read all profiles, in the file's order; none without a file.

        Raises:
            InvalidProfile: the file can't be understood; facts `file`, and `line` or `name` and `field`.
        """
        return tuple(_profile(name, table, self._file) for name, table in self._tables(self._document()).items())

    def save(self, profiles: Sequence[ConnectionProfile]) -> None:
        """Replace all profiles, at once or not at all. What a newer version wrote beside ours is kept.

        Secrets among the libpq parameters are left out.

        Raises:
            InvalidProfile: the file there can't be understood (it is then left as it is), or two profiles share a name.
        """
        document = self._document()
        before = self._tables(document)
        after: dict[str, dict[str, Any]] = {}
        for profile in profiles:
            if profile.name in after or not profile.name:
                raise InvalidProfile("profile.name", name=profile.name, field="name")
            strange = {key: value for key, value in before.get(profile.name, {}).items() if key not in _OWN}
            after[profile.name] = strange | _table(profile)
        _write(self._file, tomli_w.dumps({**document, "profiles": after}))

    def keyring_state(self) -> KeyringState:
        """Tell whether there is a keyring that keeps secrets. May block: call it in a task."""
        try:
            backend = keyring.get_keyring()
            return KeyringState(available=backend.priority > 0, backend=backend.name)
        except Exception:
            return KeyringState(available=False, backend="")

    def secret_for(self, profile: ConnectionProfile) -> str | None:
        """Return the remembered password; None leaves it to libpq (PGPASSWORD, ~/.pgpass), then to the person.

        PGPASSWORD goes before the keyring: whoever sets it wants it used. May block: call it in a task.
        """
        if os.environ.get("PGPASSWORD"):
            return None
        try:
            return keyring.get_password(KEYRING_SERVICE, _account(profile))
        except Exception:
            return None

    def remember(self, profile: ConnectionProfile, secret: str) -> bool:
        """Keep the password in the keyring, and tell whether it is really kept. May block: call it in a task."""
        try:
            keyring.set_password(KEYRING_SERVICE, _account(profile), secret)
            return keyring.get_password(KEYRING_SERVICE, _account(profile)) == secret
        except Exception:
            return False

    def forget(self, profile: ConnectionProfile) -> None:
        """Remove the password from the keyring; nothing there is fine. May block: call it in a task."""
        with contextlib.suppress(Exception):
            keyring.delete_password(KEYRING_SERVICE, _account(profile))

    def _document(self) -> dict[str, Any]:
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidProfile("profile.file_unreadable", file=str(self._file)) from error
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidProfile("profile.file_broken", file=str(self._file), line=_line_of(error)) from error

    def _tables(self, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        tables = document.get("profiles", {})
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise InvalidProfile(name="", field="profiles", file=str(self._file))
        return tables


def _account(profile: ConnectionProfile) -> str:
    """Name the secret by where it leads, so that a copied or renamed profile finds it and another server never does."""
    service = dict(profile.libpq).get("service", "")
    where = f"{profile.host}:{profile.port}" if profile.host or not service else f"service={service}"
    return f"{profile.user}@{where}/{profile.database}"


def _table(profile: ConnectionProfile) -> dict[str, Any]:
    """Write a profile as TOML has it: what is at its default is left out."""
    plain = ConnectionProfile(profile.name)
    table: dict[str, Any] = {"environment": profile.environment.value}
    for field in (*_TEXT, "port", *_FLAGS, "role", "pool_size", "pool_timeout"):
        value = getattr(profile, field)
        if value != getattr(plain, field) and value is not None:
            table[field] = value
    for field in _PATHS:
        if (path := getattr(profile, field)) is not None:
            table[field] = str(path)
    if libpq := {name: value for name, value in profile.libpq if name not in SECRET_PARAMETERS}:
        table["libpq"] = libpq
    return table


def _profile(name: str, table: Mapping[str, Any], file: Path) -> ConnectionProfile:
    def fail(field: str) -> InvalidProfile:
        return InvalidProfile(name=name, field=field, file=str(file))

    def read(field: str, kind: type | tuple[type, ...], default: Any) -> Any:
        value = table.get(field, default)
        is_flag_for_number = isinstance(value, bool) and kind is not bool
        if field in table and (not isinstance(value, kind) or is_flag_for_number):
            raise fail(field)
        return value

    plain = ConnectionProfile(name)
    fields: dict[str, Any] = {field: read(field, str, getattr(plain, field)) for field in _TEXT}
    fields |= {field: read(field, bool, False) for field in _FLAGS}
    fields |= {"role": read("role", str, None), "pool_size": read("pool_size", int, None)}
    timeout = read("pool_timeout", (int, float), None)
    try:
        environment = Environment(read("environment", str, Environment.DEVELOPMENT.value))
    except ValueError as error:
        raise fail("environment") from error
    port = read("port", int, plain.port)
    if not 0 < port <= 65_535:  # noqa: PLR2004 - the highest TCP port
        raise fail("port")
    fields |= {field: Path(said) if (said := read(field, str, None)) else None for field in _PATHS}
    libpq = read("libpq", dict, {})
    if not all(isinstance(value, str) for value in libpq.values()):
        raise fail("libpq")
    return ConnectionProfile(
        name,
        port=port,
        environment=environment,
        pool_timeout=None if timeout is None else float(timeout),
        libpq=tuple(libpq.items()),
        **fields,
    )


def _line_of(error: tomllib.TOMLDecodeError) -> int:
    """Return the line a TOML error names; 0 when it is at the end of the file."""
    for word, following in zip((words := str(error).replace(",", " ").split()), words[1:], strict=False):
        if word == "line" and following.isdigit():
            return int(following)
    return 0


def _write(file: Path, text: str) -> None:
    """Put the new file in the old one's place when it is whole; only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

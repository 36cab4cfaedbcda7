"""A project's `.env`: where DATABASE_URL stands, and the file itself: made of its example, looked through, changed.

DATABASE_URL is taken from the environment, else from the nearest `.env` at or above a folder.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from nexus_studio.core.admin.envchecks import (
    URL,
    EnvFinding,
    EnvReport,
    Fault,
    Severity,
    check_env,
    entries_of,
    has_default_password,
    url_of_env,
)
from nexus_studio.core.admin.envfiles import EXAMPLE_NAME, FILE_NAME, EnvLine, EnvText
from nexus_studio.core.errors import EnvFailed

VARIABLE = URL
ENVIRONMENT = "environment"

_PRIVATE = 0o600
_PASSWORD_BYTES = 24
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class FoundUrl:
    """A URL and where it was found: "environment", or the path of the file."""

    url: str
    source: str

    def __repr__(self) -> str:
        return f"FoundUrl(source={self.source!r})"


def find_database_url(start: Path, environ: Mapping[str, str]) -> FoundUrl | None:
    """Return DATABASE_URL from `environ`, else from the nearest .env that has it, from `start` upward.

    Variables in a file (`${POSTGRES_PORT:-5434}`) are filled in as docker compose does: the environment goes before the
    file. A file that can't be read is passed over. Reads a few small files.
    """
    if url := environ.get(VARIABLE, "").strip():
        return FoundUrl(url, ENVIRONMENT)
    folder = start.expanduser().absolute()
    for place in (folder, *folder.parents):
        file = place / FILE_NAME
        url = read_env_file(file, environ).get(VARIABLE, "").strip()
        if url:
            return FoundUrl(url, str(file))
    return None


def read_env_file(file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Read the variables of an .env file, filled in; empty when there is no such file or it can't be read."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    return parse_env(text).values(environ)


def parse_env(text: str) -> EnvText:
    """Take the text of an .env file apart. Nothing of it is lost, and nothing in it fails."""
    bare = text.lstrip(_BOM)
    lines: list[EnvLine] = []
    for binding in parse_stream(StringIO(bare, newline="")):
        written, number = binding.original
        blank = written[: len(written) - len(written.lstrip())]
        number += len(blank.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
        name = None if binding.error else binding.key
        lines.append(EnvLine(number, written, name, binding.value if name else None, is_broken=binding.error))
    if bare != text:
        lines.insert(0, EnvLine(1, text[: -len(bare)] if bare else text))
    return EnvText(tuple(lines))


class EnvFolder:
    """The `.env` of one project folder and its example. Small files: any thread, but not the window's own."""

    def __init__(self, folder: Path, environ: Mapping[str, str], known: frozenset[str] = frozenset()) -> None:
        """`known` are variables that something else asks for: the compose file."""
        self._folder = folder.expanduser().absolute()
        self._environ = environ
        self._known = known

    @property
    def file(self) -> Path:
        """The file; it may not exist yet."""
        return self._folder / FILE_NAME

    def report(self) -> EnvReport:
        """Look the file and its example through. Without a file nothing is wrong but what is missing.

        Raises:
            EnvFailed: "env.unreadable", "env.encoding"; facts file, words.
        """
        text, sample = _read(self.file), _read(self._folder / EXAMPLE_NAME)
        file = parse_env(text or "")
        example = parse_env(sample) if sample is not None else None
        findings = check_env(file, example, self._environ, self._known) if text is not None else ()
        if text is not None and _is_open(self.file):
            findings = (*findings, EnvFinding(Fault.READABLE, severity=Severity.WARNING))
        parsed = url_of_env(file.values(self._environ))
        return EnvReport(
            self._folder,
            self.file,
            self._folder / EXAMPLE_NAME if example is not None else None,
            entries_of(file, example),
            findings,
            text,
            parsed.profile.place if parsed is not None else "",
        )

    def create(self, *, strong: bool = False) -> EnvReport:
        """Write `.env` as a copy of its example, readable by its owner only.

        Args:
            strong: Put a random password in place of each that the example has or leaves open.

        Raises:
            EnvFailed: "env.exists", "env.no_example", "env.unreadable", "env.unwritable"; facts file, words.
        """
        if os.path.lexists(self.file):
            raise EnvFailed("env.exists", file=str(self.file))
        sample = _read(self._folder / EXAMPLE_NAME)
        if sample is None:
            raise EnvFailed("env.no_example", file=str(self._folder / EXAMPLE_NAME))
        made = parse_env(sample)
        for name in made.names if strong else ():
            if has_default_password(made, name):
                made = made.with_value(name, secrets.token_urlsafe(_PASSWORD_BYTES))
        _write(self.file, made.text, new=True)
        return self.report()

    def save(self, changes: Mapping[str, str | None], base: str | None) -> EnvReport:
        """Change variables and leave all else in the file as it is; without a file, make one of the example.

        Args:
            changes: New values by name as they shall be written, references in them; None takes the variable out.
            base: The text the changes were made on (`EnvReport.text`): a file that changed meanwhile is left alone.

        Raises:
            EnvFailed: "env.changed", "env.unreadable", "env.unwritable"; facts file, words.
            UserError: "env.name_invalid", "env.value_invalid"; fact name.
        """
        text, sample = _read(self.file), _read(self._folder / EXAMPLE_NAME)
        if text != base:
            raise EnvFailed("env.changed", file=str(self.file))
        example = parse_env(sample) if sample is not None else None
        made = parse_env(text if text is not None else sample or "")
        for name, value in changes.items():
            if value is None:
                made = made.without(name)
            elif value != made.raw(name):
                made = made.with_value(name, value, example)
        if made.text != text:
            _write(self.file, made.text, new=text is None)
        return self.report()

    def set(self, name: str, value: str) -> EnvReport:
        """Change one variable in the file as it is now.

        Raises:
            EnvFailed, UserError: see `save`.
        """
        return self.save({name: value}, _read(self.file))


def _read(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise EnvFailed("env.encoding", file=str(file)) from error
    except OSError as error:
        raise EnvFailed("env.unreadable", file=str(file), words=error.strerror or "") from error


def _write(file: Path, text: str, *, new: bool) -> None:
    """Write a file whole or not at all, readable by its owner only. Of a link, what it leads to is written."""
    target = Path(os.path.realpath(file))
    temporary = target if new else target.with_name(f".env-{secrets.token_hex(4)}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except FileExistsError as error:  # somebody was quicker
        raise EnvFailed("env.exists", file=str(file)) from error
    except OSError as error:
        raise EnvFailed("env.unwritable", file=str(file), words=error.strerror or "") from error
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode("utf-8"))
            out.flush()
            os.fsync(out.fileno())
        if not new:
            temporary.replace(target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise EnvFailed("env.unwritable", file=str(file), words=error.strerror or "") from error


def _is_open(file: Path) -> bool:
    """Tell whether others than the owner may read or change a file. Windows guards files in another way."""
    return sys.platform != "win32" and bool(stat.S_IMODE(file.stat().st_mode) & ~(_PRIVATE | stat.S_IXUSR))

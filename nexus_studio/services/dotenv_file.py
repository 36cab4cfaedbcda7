"""A project's `.env`: where DATABASE_URL stands, and the file itself: made of its example, looked through, changed.

DATABASE_URL is taken from the environment, else from the nearest `.env` at or above a folder.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
import time
from collections.abc import Mapping, Sequence
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
from nexus_studio.core.errors import EnvFailed, UserError
from nexus_studio.services.backupfiles import give_name, sync_folder

VARIABLE = URL
ENVIRONMENT = "environment"

_PRIVATE = 0o600
_PASSWORD_BYTES = 24
_BOM = "\ufeff"

# A folder beside the file, in which the new one is written under its own name: what keeps `.env` out of a repository
# keeps that out too.
_ROOM = ".env.nexus-studio-"
_ROOM_DIGITS = 4
_FORSAKEN_S = 60.0
"""How old such a folder is when whoever made it must be dead."""


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
            EnvFailed: "env.changed", "env.unreadable", "env.unwritable"; facts file, words. "env.quote_open" (facts
                file, line): what is set would not be read by everybody.
            UserError: "env.name_invalid", "env.value_invalid"; fact name.
        """
        text, sample = _read(self.file), _read(self._folder / EXAMPLE_NAME)
        if text != base:
            raise EnvFailed("env.changed", file=str(self.file))
        example = parse_env(sample) if sample is not None else None
        made = parse_env(text if text is not None else sample or "")
        written: list[str] = []
        for name, value in changes.items():
            if value is None:
                made = made.without(name)
            elif value != made.raw(name):
                made = made.with_value(name, value, example)
                written.append(name)
        _require_read(made, written, self.file)
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


def _require_read(made: EnvText, written: Sequence[str], file: Path) -> None:
    """Refuse a text in which what was written is not what is read."""
    for name in written:
        if (line := made.open_quote_before(name)) is not None:
            raise EnvFailed("env.quote_open", file=str(file), line=line.number)
    if written and _assignments(parse_env(made.text)) != _assignments(made):
        line = next((each for each in made.lines if each.has_open_quote), None)
        if line is None:
            raise UserError("env.value_invalid", name=written[0])
        raise EnvFailed("env.quote_open", file=str(file), line=line.number)


def _assignments(text: EnvText) -> list[tuple[str, str]]:
    return [(line.name, line.text.strip()) for line in text.lines if line.name]


def _write(file: Path, text: str, *, new: bool) -> None:
    """Write a file whole or not at all, readable by its owner only. Of a link, what it leads to is written."""
    target = Path(os.path.realpath(file))
    _sweep(target)
    room = target.with_name(_ROOM + secrets.token_hex(_ROOM_DIGITS))
    temporary = room / target.name
    try:
        room.mkdir(mode=0o700)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode("utf-8"))
            out.flush()
            os.fsync(out.fileno())
        if new:
            give_name(temporary, target)
        else:
            temporary.replace(target)
            sync_folder(target.parent)
    except FileExistsError as error:  # somebody was quicker
        raise EnvFailed("env.exists", file=str(file)) from error
    except OSError as error:
        raise EnvFailed("env.unwritable", file=str(file), words=error.strerror or "") from error
    finally:
        _clear(room, target.name)


def _sweep(target: Path) -> None:
    """Remove what killed programs have left beside a file."""
    with suppress(OSError):
        for room in target.parent.glob(f"{_ROOM}{'[0-9a-f]' * 2 * _ROOM_DIGITS}"):
            made = room.lstat()
            if stat.S_ISDIR(made.st_mode) and time.time() - made.st_mtime > _FORSAKEN_S:
                _clear(room, target.name)


def _clear(room: Path, name: str) -> None:
    """Remove such a folder with the one file that may be in it."""
    with suppress(OSError):
        (room / name).unlink(missing_ok=True)
        room.rmdir()


def _is_open(file: Path) -> bool:
    """Tell whether others than the owner may read or change a file. Windows guards files in another way."""
    return sys.platform != "win32" and bool(stat.S_IMODE(file.stat().st_mode) & ~(_PRIVATE | stat.S_IXUSR))

"""Files of drafts: their names, who works on them, and writing one so that no power cut takes more than the last step.

A process that stages edits holds a lock beside its files, which ends with it: files without a holder were left behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from nexus_studio.core.admin.backupfiles import identity_of, safe_name
from nexus_studio.core.data.draftcodec import DraftHead
from nexus_studio.core.data.draftjournal import Step, Typing, changed_rows, head_line, step_lines
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.backupfiles import sync_folder
from nexus_studio.services.partlocks import is_at_work
from nexus_studio.services.paths import Paths

if sys.platform != "win32":
    import fcntl

FOLDER: Final = "drafts"
SUFFIX: Final = ".draft"
FORMER: Final = ".former"  # of a file that was written anew: what it was before
_PART: Final = ".part"
_OWNER: Final = ".owner"

_LEAST_LINES: Final = 2_000  # a shorter file is never written anew
_MOST_TIMES: Final = 4  # so many more lines than rows are staged

_NAME = re.compile(r"(?P<relation>.+)\.(?P<owner>\d+-[0-9a-f]{8})\.(?P<tab>\d+)\.draft\Z")


def draft_root(paths: Paths) -> Path:
    """Return the folder of all drafts; it may not exist yet."""
    return paths.data / FOLDER


def draft_folder(paths: Paths, profile: ConnectionProfile) -> Path:
    """Return the folder of one database's drafts, as one connection's name has it."""
    named = hashlib.sha256(profile.name.encode()).hexdigest()[:8]
    return draft_root(paths) / f"{safe_name(profile.database or profile.user)}-{identity_of(profile)}-{named}"


def relation_part(relation: RelationName) -> str:
    """Return the part of a file's name that is the relation's and no other's."""
    exact = json.dumps([relation.schema, relation.name]).encode()
    return f"{safe_name(str(relation))}-{hashlib.sha256(exact).hexdigest()[:8]}"


def owner_of(file: Path) -> str:
    """Return who wrote a draft's file; "" where its name is none."""
    match = _NAME.match(file.name)
    return match["owner"] if match else ""


def id_of(file: Path) -> str:
    """Return the short name people call a draft by on the command line."""
    match = _NAME.match(file.name)
    return f"{match['owner'].rpartition('-')[2]}-{match['tab']}" if match else file.stem


def is_owned(file: Path) -> bool:
    """Tell whether the process that wrote a draft lives."""
    owner = file.with_name(owner_of(file) + _OWNER)
    if not owner_of(file) or not owner.exists():
        return False
    return is_at_work(owner) if sys.platform != "win32" else _lives(owner)


def drafts_in(folder: Path) -> tuple[Path, ...]:
    """Return the files of drafts in a folder, oldest first; those of which only the former is left among them."""
    found: dict[Path, float] = {}
    with suppress(OSError):
        for each in folder.iterdir():
            file = each.with_name(each.name.removesuffix(FORMER))
            if _NAME.match(file.name):
                with suppress(OSError):
                    found[file] = max(found.get(file, 0.0), each.stat().st_mtime)
    return tuple(sorted(found, key=lambda file: (found[file], file.name)))


def remove_draft(file: Path) -> None:
    """Remove a draft, and the sign of its owner if that was the last one of a process that is gone.

    Raises:
        OSError: it can't be removed.
    """
    for each in (file, file.with_name(file.name + FORMER), file.with_name(file.name + _PART)):
        each.unlink(missing_ok=True)
    sync_folder(file.parent)
    owner = owner_of(file)
    if owner and not any(owner_of(other) == owner for other in drafts_in(file.parent)) and not is_owned(file):
        file.with_name(owner + _OWNER).unlink(missing_ok=True)


class Owner:
    """The sign that this process works on drafts in a folder. Any thread."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._folder = folder
        self._file = folder / f"{self.name}{_OWNER}"
        self._guard = threading.Lock()
        self._handle: int | None = None

    def sign(self) -> None:
        """Set the sign up, before the first file is written.

        Raises:
            OSError: the folder can't be made or written.
        """
        with self._guard:
            if self._handle is not None:
                return
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            for folder in (self._folder.parent, self._folder):
                folder.chmod(0o700)
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            if sys.platform != "win32":
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(handle, json.dumps({"pid": os.getpid(), "started": _started(os.getpid())}).encode())
            self._handle = handle

    def resign(self) -> None:
        """Take the sign down."""
        with self._guard:
            handle, self._handle = self._handle, None
            if handle is not None:
                if not any(owner_of(file) == self.name for file in drafts_in(self._folder)):
                    with suppress(OSError):
                        self._file.unlink(missing_ok=True)
                os.close(handle)


@dataclass(slots=True)
class DraftFile:
    """One draft as it is written. One thread at a time."""

    path: Path
    head: DraftHead
    _written: dict[int, StagedRow] = field(default_factory=dict)
    _last: tuple[bool, Typing | None, tuple[str, ...]] = (False, None, ())
    _lines: int = 0
    _is_sound: bool = False  # the file is there, and its last line is whole

    def write(
        self,
        rows: tuple[StagedRow, ...],
        at: str,
        *,
        saving: bool,
        typing: Typing | None,
        takes_back: tuple[str, ...] = (),
    ) -> None:
        """Bring the file to what is staged now, and to the disk.

        Raises:
            OSError: it can't be written; the next call writes all of it anew.
        """
        here = {row.draft: row for row in rows}
        changed, now = changed_rows(self._written, rows), (saving, typing, takes_back)
        if self._is_sound and not changed and self._last == now:
            self._written = here
            return
        is_long = self._lines > max(_LEAST_LINES, _MOST_TIMES * len(rows))
        if self._is_sound and not is_long:
            self._append(Step(changed, at, *now))
        else:
            self._rewrite(Step(dict(here), at, *now))
        self._written, self._last = here, now

    def remove(self) -> None:
        """Remove it: nothing is staged any more.

        Raises:
            OSError: it can't be removed.
        """
        self._is_sound, self._lines = False, 0
        self._written, self._last = {}, (False, None, ())
        for each in (self.path, self.path.with_name(self.path.name + FORMER)):
            each.unlink(missing_ok=True)
        sync_folder(self.path.parent)

    def _append(self, step: Step) -> None:
        lines = list(step_lines(step))
        self._is_sound = False
        with open(self.path, "ab", opener=_private) as stream:
            stream.write(b"".join(lines))
            stream.flush()
            os.fsync(stream.fileno())
        self._is_sound = True
        self._lines += len(lines)

    def _rewrite(self, step: Step) -> None:
        part = self.path.with_name(self.path.name + _PART)
        self._is_sound = False
        lines = [head_line(self.head), *step_lines(step)]
        with open(part, "wb", opener=_private) as stream:
            stream.writelines(lines)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            self.path.replace(self.path.with_name(self.path.name + FORMER))
        part.replace(self.path)
        sync_folder(self.path.parent)
        self._is_sound = True
        self._lines = len(lines)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _started(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def _lives(owner: Path) -> bool:
    """Tell whether the process that left a sign lives, where no lock tells (Windows)."""
    try:
        said = json.loads(owner.read_text(encoding="utf-8"))
        return bool(abs(_started(int(said["pid"])) - float(said["started"])) < 1)
    except (OSError, ValueError, KeyError, TypeError):
        return False

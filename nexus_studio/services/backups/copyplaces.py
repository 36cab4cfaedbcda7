"""Where copies go: a folder of this machine, or what fsspec leads to. One small interface for both, names with slashes.

fsspec is an extra of its own (`nexus-studio[remote]`); a folder needs nothing.
"""

from __future__ import annotations

import importlib
import os
import posixpath
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from nexus_studio.core.errors import BackupFailed, UserError
from nexus_studio.core.tasks import Cancelled
from nexus_studio.services.backupfiles import give_name, sync_folder

# Where a file is there when it was written whole, and not before, and a new name means a second copy.
_WHOLE_AT_ONCE: Final = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci", "r2"})
_SECRET: Final = re.compile(r"key|secret|token|password|passwd|signature|credential|^sig$", re.IGNORECASE)
_QUERY: Final = re.compile(r"\?\S+")
_LONGEST = 300


class Place(Protocol):
    """A place for copies. Names are relative to it; what it can't do raises BackupFailed "backup.copy_failed"."""

    is_whole_at_once: bool

    def exists(self, name: str) -> bool:
        """Tell whether something has that name."""

    def size(self, name: str) -> int:
        """Return a file's bytes."""

    def open(self, name: str, mode: str) -> IO[bytes]:
        """Open a file, "rb" or "wb", and make the folders it is in."""

    def rename(self, name: str, new: str) -> None:
        """Give a file or a folder another name, which nobody has."""

    def remove(self, name: str) -> None:
        """Remove a file or a folder, where there is one."""

    def where(self, name: str) -> str:
        """Return the whole address of something, without secrets."""


def is_url(to: str) -> bool:
    """Tell whether a place is one for fsspec."""
    return "://" in to or "::" in to


def require_place(to: str, *, is_due: bool = False) -> None:
    """Refuse addresses that hold a secret: they would stand in files and lists. "" is no place, and fine.

    Args:
        to: The place.
        is_due: Something is about to be copied there: a folder must be there by now.

    Raises:
        BackupFailed: "backup.copy_secret", "backup.copy_place" (it makes no sense), "backup.no_folder" (fact folder).
    """
    if is_due and to and not is_url(to):
        place_of(to)
    for part in to.split("::") if is_url(to) else ():
        try:
            found = urlsplit(part)
            has_secret = found.password is not None
        except ValueError as error:
            raise BackupFailed("backup.copy_place") from error
        if has_secret or any(_SECRET.search(name) for name, _ in parse_qsl(found.query, keep_blank_values=True)):
            raise BackupFailed("backup.copy_secret")


def place_of(to: str) -> Place:
    """Return a place by its address.

    Raises:
        BackupFailed: "backup.copy_secret", "backup.copy_place", "backup.no_folder" (fact folder: it must be there: a
            disk that is not mounted would not be missed otherwise), "backup.copy_extra" (fact module: what is to be
            installed), "backup.copy_failed" (fact words).
    """
    require_place(to)
    if is_url(to):
        return _Remote(to)
    folder = Path(to).expanduser().absolute()
    if not to or not folder.is_dir():
        raise BackupFailed("backup.no_folder", folder=str(folder) if to else "")
    return _Folder(folder)


class _Folder:
    is_whole_at_once = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def exists(self, name: str) -> bool:
        return os.path.lexists(self._folder / name)

    def size(self, name: str) -> int:
        with told():
            return (self._folder / name).stat().st_size

    def open(self, name: str, mode: str) -> IO[bytes]:
        file = self._folder / name
        with told():
            if mode == "rb":
                return file.open("rb")
            file.parent.mkdir(parents=True, exist_ok=True)
            return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")

    def rename(self, name: str, new: str) -> None:
        with told():
            if (part := self._folder / name).is_dir():
                sync_folder(part)
            give_name(part, self._folder / new)

    def remove(self, name: str) -> None:
        file = self._folder / name
        with told():
            if file.is_dir():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)

    def where(self, name: str) -> str:
        return str(self._folder / name)


class _Remote:
    def __init__(self, to: str) -> None:
        self._to = to.rstrip("/")
        try:
            core = importlib.import_module("fsspec.core")
            self._fs, self._root = core.url_to_fs(to)
        except ImportError as error:  # of fsspec itself, or of what it needs for this kind of address
            raise BackupFailed("backup.copy_extra", module=error.name or _module_of(to)) from error
        except ValueError as error:
            raise BackupFailed("backup.copy_place") from error
        except Exception as error:
            raise _failed(error) from error
        protocols = {self._fs.protocol} if isinstance(self._fs.protocol, str) else set(self._fs.protocol)
        self.is_whole_at_once = bool(protocols & _WHOLE_AT_ONCE)

    def exists(self, name: str) -> bool:
        with told():
            self._fs.invalidate_cache()
            return bool(self._fs.exists(self._path(name)))

    def size(self, name: str) -> int:
        with told():
            self._fs.invalidate_cache()
            return int(self._fs.size(self._path(name)))

    def open(self, name: str, mode: str) -> IO[bytes]:
        path = self._path(name)
        with told():
            if mode != "rb" and not self.is_whole_at_once:
                self._fs.makedirs(posixpath.dirname(path), exist_ok=True)
            opened: IO[bytes] = self._fs.open(path, mode)
            return opened

    def rename(self, name: str, new: str) -> None:
        with told():
            self._fs.mv(self._path(name), self._path(new), recursive=bool(self._fs.isdir(self._path(name))))

    def remove(self, name: str) -> None:
        with told():
            if self._fs.exists(self._path(name)):
                self._fs.rm(self._path(name), recursive=bool(self._fs.isdir(self._path(name))))

    def where(self, name: str) -> str:
        return f"{self._to}/{name}"

    def _path(self, name: str) -> str:
        return posixpath.join(self._root, name)


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever a file system raises into "backup.copy_failed"; fsspec's have errors of their own."""
    try:
        yield
    except (UserError, Cancelled):
        raise
    except Exception as error:
        raise _failed(error) from error


def synced(stream: IO[bytes]) -> None:
    """Bring what was written to the disk, where it is one of this machine."""
    stream.flush()
    with suppress(OSError, AttributeError, ValueError):
        os.fsync(stream.fileno())


def _failed(error: Exception) -> BackupFailed:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    # an address that somebody has signed is as good as a key
    return BackupFailed("backup.copy_failed", words=_QUERY.sub("?…", words.split("\n", 1)[0])[:_LONGEST])


def _module_of(to: str) -> str:
    """Return what has to be installed for an address, as far as fsspec says."""
    with suppress(Exception):
        registry: Any = importlib.import_module("fsspec.registry")
        known: str = registry.known_implementations[to.split("://", 1)[0].split("::", maxsplit=1)[0]]["class"]
        return known.split(".", maxsplit=1)[0]
    return "fsspec"

"""Settings on disk: one TOML file, written whole or not at all."""

from __future__ import annotations

import logging
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

import tomli_w

from nexus_studio.core.settings import Settings

log = logging.getLogger(__name__)


class SettingsStore:
    """Reads and writes one settings file.

    `set_aside` names the copy of a file that could not be understood, once `load` has met one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: Path | None = None

    def load(self) -> Settings:
        """Read the file; defaults when there is none, it can't be read, or it is broken (then it is set aside)."""
        try:
            content = self.path.read_text("utf-8")
        except FileNotFoundError:
            return Settings()
        except UnicodeDecodeError:
            return self._broken()
        except OSError as error:
            log.warning("settings unreadable", extra={"error": type(error).__name__})
            return Settings()
        try:
            return Settings(_flat(tomllib.loads(content)))
        except tomllib.TOMLDecodeError:
            return self._broken()

    def save(self, settings: Settings) -> None:
        """Write the file so that a crash leaves either the old or the new one; readable by its owner only.

        Raises:
            OSError: when the folder can't be written; the old file stands.
        """
        write_private(self.path, tomli_w.dumps(_nested(settings.values)).encode())

    def _broken(self) -> Settings:
        aside = self.path.with_name(self.path.name + ".broken")
        try:
            self.path.replace(aside)
        except OSError as error:
            log.warning("broken settings could not be set aside", extra={"error": type(error).__name__})
        else:
            self.set_aside = aside
            log.info("broken settings set aside")
        return Settings()


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 atomically: a temporary file beside it, fsync, rename.

    Raises:
        OSError: when that fails; what stood there before still stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _flat(tables: Mapping[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in tables.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            flat[name] = value
    return flat


def _nested(values: Mapping[str, object]) -> dict[str, object]:
    nested: dict[str, object] = {}
    for key, value in sorted(values.items()):
        plain = list(value) if isinstance(value, tuple) else value
        table, _, name = key.partition(".")
        if not name:
            nested[key] = plain
            continue
        inner = nested.setdefault(table, {})
        if isinstance(inner, dict):
            inner[name] = plain
    return nested

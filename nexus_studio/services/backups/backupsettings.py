"""What a person has set about backups: further folders of the library, schedules. One TOML file, no secrets."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from nexus_studio.core.admin.schedules import Schedule, Scheduler, read_schedule, schedule_values
from nexus_studio.core.errors import BackupFailed
from nexus_studio.services.paths import Paths
from nexus_studio.services.settings_store import write_private

FILE_NAME = "backups.toml"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownSchedule:
    """A schedule and who was told of it. `is_installed` False: the person installs the texts themselves."""

    schedule: Schedule
    scheduler: Scheduler
    is_installed: bool = True


class BackupSettings:
    """The file. Each call reads it anew: the command line may have changed it meanwhile."""

    def __init__(self, paths: Paths) -> None:
        self._file = paths.config / FILE_NAME

    def folders(self) -> tuple[Path, ...]:
        """Return the folders that were added, in their order.

        Raises:
            BackupFailed: "backup.settings_broken" (fact file).
        """
        found = self._document().get("folders", [])
        return tuple(Path(each) for each in found if isinstance(each, str))

    def set_folders(self, folders: Iterable[Path]) -> None:
        """Replace the folders.

        Raises:
            BackupFailed: "backup.settings_broken", "backup.settings_unwritable" (facts file, words).
        """
        self._write({**self._document(), "folders": [str(each) for each in folders]})

    def schedules(self) -> tuple[KnownSchedule, ...]:
        """Return the schedules by their profiles; those that make no sense are left out.

        Raises:
            BackupFailed: "backup.settings_broken" (fact file).
        """
        found = []
        for profile, values in sorted(self._tables().items()):
            try:
                schedule = read_schedule(profile, values)
                scheduler = Scheduler(values.get("scheduler"))
            except (ValueError, AttributeError):
                log.info("schedule not understood")
                continue
            found.append(KnownSchedule(schedule, scheduler, bool(values.get("installed", True))))
        return tuple(found)

    def keep(self, known: KnownSchedule) -> None:
        """Keep a schedule, instead of the former one of its profile.

        Raises:
            BackupFailed: "backup.settings_broken", "backup.settings_unwritable".
        """
        values = schedule_values(known.schedule)
        values |= {"scheduler": known.scheduler.value, "installed": known.is_installed}
        self._write({**self._document(), "schedules": {**self._tables(), known.schedule.profile: values}})

    def forget(self, profile: str) -> None:
        """Forget the schedule of a profile; none there is fine.

        Raises:
            BackupFailed: "backup.settings_broken", "backup.settings_unwritable".
        """
        tables = self._tables()
        if tables.pop(profile, None) is not None:
            self._write({**self._document(), "schedules": tables})

    def _tables(self) -> dict[str, Any]:
        found = self._document().get("schedules", {})
        return dict(found) if isinstance(found, dict) else {}

    def _document(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise BackupFailed("backup.settings_broken", file=str(self._file)) from error

    def _write(self, document: Mapping[str, Any]) -> None:
        try:
            write_private(self._file, tomli_w.dumps(document).encode())
        except OSError as error:
            words = error.strerror or ""
            raise BackupFailed("backup.settings_unwritable", file=str(self._file), words=words) from error

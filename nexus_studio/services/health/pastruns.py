"""How long maintenance took before, on this machine: a line of JSON a run, names and numbers only."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.backupfiles import server_of
from nexus_studio.core.admin.maintenance import Job, PastRun
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.redact import loggable
from nexus_studio.services.paths import Paths

log = logging.getLogger(__name__)

FILE: Final = "maintenance-runs.jsonl"
_READ_BYTES: Final = 1 << 20  # some thousand runs
_KEPT_BYTES: Final = 1 << 22


@dataclass(frozen=True, slots=True)
class PastRuns:
    """The runs on one server. Any thread, any process: a line is written in one piece."""

    paths: Paths
    profile: ConnectionProfile

    def read(self) -> tuple[PastRun, ...]:
        """Return what is known of this server, oldest first; nothing where the file can't be read."""
        try:
            with self._file.open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - _READ_BYTES))
                lines = stream.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ()
        return tuple(_read(lines, server_of(self.profile)))

    def add(self, run: PastRun) -> None:
        """Write a run down. Where that can't be done, the next forewarning knows less: no reason to fail."""
        line = {
            "server": server_of(self.profile),
            "database": run.database,
            "job": run.job.value,
            "schema": run.relation.schema,
            "name": run.relation.name,
            "bytes": run.bytes,
            "seconds": round(run.seconds, 3),
        }
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size > _KEPT_BYTES:
                self._file.replace(self._file.with_suffix(".old"))
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "wb", buffering=0) as stream:
                stream.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
        except OSError as error:
            log.info("run of maintenance not written down", extra=loggable(error))

    @property
    def _file(self) -> Path:
        return self.paths.data / FILE


def _read(lines: list[str], server: str) -> Iterator[PastRun]:
    for line in lines:
        try:
            found = json.loads(line)
            if found["server"] == server:
                name = RelationName(found["schema"], found["name"])
                yield PastRun(Job(found["job"]), name, found["bytes"], found["seconds"], found["database"])
        except (ValueError, KeyError, TypeError):  # torn, or a newer version's
            continue

"""Which pg_dump writes a backup, which pg_restore and psql read it, and why those."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, ChosenTool, Compression
from nexus_studio.core.admin.dumpargs import NAMED_COMPRESSION
from nexus_studio.core.errors import BackupFailed, ToolMissing
from nexus_studio.services.tools import programs_of

_ASK_S = 10.0


def chosen_dump(server_version: int, spec: BackupSpec | None = None) -> ChosenTool:
    """Choose the pg_dump for a server: of its own major version, else the next newer one.

    pg_dump reads all older servers down to 9.2 and refuses newer ones (manual, pg_dump, "Notes"). What it writes is for
    servers of its own version or newer ones: for an older target that is warned of.

    Args:
        server_version: server_version_num, such as 150004.
        spec: What is wanted of it; a compression may need a newer program.

    Raises:
        ToolMissing: none is new enough for the server.
        BackupFailed: "backup.compression" (facts name, tool): none that is can compress like that.
    """
    wanted = spec or BackupSpec()
    found = _chosen("pg_dump", server_version // 10_000, needs=wanted)
    oldest = wanted.target_version or server_version // 10_000
    warnings = ("tool.newer_than_target",) if found.major > oldest else ()
    return ChosenTool(found.path, found.major, found.reason, warnings)


def chosen_restore(written_by: int, server_version: int | None = None, program: str = "pg_restore") -> ChosenTool:
    """Choose the program that loads a backup: not older than what wrote it, nor than the server it goes to.

    Args:
        written_by: The major version of the pg_dump that wrote it, 0 where that is not known.
        server_version: server_version_num of the server it goes to; None: none, it is only read.
        program: "pg_restore", or "psql" for plain ones.

    Raises:
        ToolMissing: none is new enough.
    """
    return _chosen(program, max(written_by, (server_version or 0) // 10_000))


def compresses(program: Path, compression: Compression, major: int) -> bool:
    """Tell whether a pg_dump can compress like that by itself."""
    return compression is not Compression.ZSTD or (major >= NAMED_COMPRESSION and _knows_zstd(str(program)))


def _chosen(name: str, major: int, needs: BackupSpec | None = None) -> ChosenTool:
    found = programs_of(name)
    fitting = {version: program for version, program in sorted(found.items()) if version >= major}
    if not fitting:
        raise ToolMissing(tool=name, version=major)
    able = fitting
    if needs is not None and needs.compression is Compression.ZSTD:
        able = {version: each for version, each in fitting.items() if compresses(each, Compression.ZSTD, version)}
        if not able and needs.format is BackupFormat.PLAIN:
            able = fitting  # its text is compressed here
        if not able:
            oldest = min(fitting)
            raise BackupFailed("backup.compression", name=Compression.ZSTD.value, tool=f"{name} {oldest}")
    version = min(able)
    reason = "same" if version == major else "only" if len(found) == 1 else "newer"
    return ChosenTool(str(able[version]), version, reason)


@cache
def _knows_zstd(program: str) -> bool:
    """Ask a pg_dump: one built without it refuses the option before it looks for a server."""
    with suppress(OSError, subprocess.SubprocessError):
        asked = (program, "--compress=zstd", "--no-password", "--host=/nonexistent/nowhere", "postgres")
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_ASK_S, check=False, env={"LC_ALL": "C"})
        return "compress" not in said.stderr
    return False

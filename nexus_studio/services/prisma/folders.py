"""The folder of Prisma's migrations, read as Prisma reads it: real folders, in its order, with their checksums."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from nexus_studio.core.admin.prisma import SCRIPT, PrismaFolder, checksum, checksums
from nexus_studio.core.admin.prismanames import sort_key
from nexus_studio.core.admin.prismastanding import graph_of
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.services.prisma.project import PrismaProject


def read_folders(project: PrismaProject) -> tuple[PrismaFolder, ...]:
    """Return every migration, in order. A folder that is not there has none.

    Files, links and what is nested are no migrations; a folder without a script is one.
    """
    try:
        with os.scandir(project.migrations) as entries:
            names = [each.name for each in entries if each.is_dir(follow_symlinks=False)]
    except OSError:
        return ()
    return tuple(_read(project.migrations / name / SCRIPT) for name in sorted(names, key=sort_key))


def read_prisma_graph(project: PrismaProject) -> RevisionGraph:
    """Return every migration as the graph that the panel shows."""
    return graph_of(read_folders(project), project.locked_provider, project.lock_file)


def read_script(file: Path) -> bytes | None:
    """Return a script's bytes; None where it is missing or can't be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def _read(file: Path) -> PrismaFolder:
    try:
        found = file.stat()
    except OSError:
        return PrismaFolder(file.parent.name, file, has_script=False)
    return _hashed(file, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4096)
def _hashed(file: Path, moment_ns: int, size: int) -> PrismaFolder:
    """Hash a script once as long as it does not change."""
    del moment_ns, size
    raw = read_script(file)
    if raw is None:
        return PrismaFolder(file.parent.name, file, has_script=False)
    return PrismaFolder(file.parent.name, file, True, checksum(raw), checksums(raw))

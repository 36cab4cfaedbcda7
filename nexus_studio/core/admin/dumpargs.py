"""The arguments of pg_dump and pg_dumpall for a backup. Pure: no password, and nothing is run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.core.names import RelationName

LOCK_WAIT_MS: Final = 10_000
"""How long pg_dump waits for a table that somebody has locked."""

NAMED_COMPRESSION: Final = 16
"""The major version from which pg_dump knows compressions by name (release notes of 16, section E.11.3.8)."""

_SYNC_OPTION: Final = 10
_EXTENSION_OPTION: Final = 14
_PLACES: Final = ("--file=", "--dbname=", "--role=", "--snapshot=", "--schema=", "--table=", "--extension=")
_PLAIN_WORDS: Final = frozenset({"--no-password", "--no-sync", "--strict-names", "--verbose"})


def dump_arguments(
    spec: BackupSpec,
    *,
    major: int,
    dbname: str,
    file: str = "",
    tables: Sequence[RelationName] = (),
    extensions: Collection[str] = (),
    snapshot: str = "",
    role: str = "",
    server_major: int | None = None,
) -> tuple[str, ...]:
    """Return pg_dump's arguments.

    Args:
        spec: What is wanted.
        major: The version of pg_dump.
        dbname: The connection string, without secrets.
        file: Where it is to be written; "": to standard output, uncompressed, for another program to compress.
        tables: Those chosen with the partitions of chosen ones; of `spec` only whether there are any counts.
        extensions: Also these, beside what is chosen.
        snapshot: Of another transaction, in which it is to read.
        role: To read as.
        server_major: The version of the server; None: as pg_dump's.
    """
    found = [f"--format={spec.format.value}", *_compression(spec, major, is_piped=not file)]
    found += _target(file, major)
    if spec.format is BackupFormat.DIRECTORY and spec.jobs > 1:
        found.append(f"--jobs={spec.jobs}")
    if spec.format is not BackupFormat.PLAIN:
        found.append("--verbose")  # says which table it is at; of plain text it would become a part
    if spec.contents is not Contents.ALL:
        found.append(f"--{spec.contents.value}-only")
    found += [f"--schema={pattern(each)}" for each in spec.schemas]
    found += [f"--table={pattern(each.schema)}.{pattern(each.name)}" for each in tables]
    if spec.schemas or tables:
        found.append("--strict-names")
        if spec.contents is not Contents.DATA and major >= _EXTENSION_OPTION:
            found += [f"--extension={pattern(each)}" for each in sorted(extensions)]
    others = {server_major or major, spec.target_version or server_major or major}
    if others != {major}:
        found.append("--quote-all-identifiers")  # what is a plain word here may be a reserved one there
    if snapshot:
        found.append(f"--snapshot={snapshot}")
    if role:
        found.append(f"--role={role}")
    return (*found, f"--lock-wait-timeout={LOCK_WAIT_MS}", "--no-password", f"--dbname={dbname}")


def globals_arguments(spec: BackupSpec, *, dbname: str, database: str, file: str, role: str = "") -> tuple[str, ...]:
    """Return pg_dumpall's arguments for roles and tablespaces."""
    found = ["--globals-only", f"--file={file}", f"--database={database}"]
    if not spec.passwords:
        found.append("--no-role-passwords")
    if role:
        found.append(f"--role={role}")
    return (*found, f"--lock-wait-timeout={LOCK_WAIT_MS}", "--no-password", f"--dbname={dbname}")


def options_of(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return what of the arguments says how it was written: no names, no places.

    That tables or schemas were chosen stays, without their names: such a backup is none of the whole database.
    """
    chosen = [each for each in ("--schema", "--table") if any(one.startswith(f"{each}=") for one in arguments)]
    said = (
        each
        for each in arguments
        if not each.startswith((*_PLACES, "--lock-wait-timeout=")) and each not in _PLAIN_WORDS
    )
    return (*said, *chosen)


def pattern(name: str) -> str:
    """Write a name as a pattern that only it fits (pg_dump's patterns: quoted, nothing in it means anything)."""
    return '"' + name.replace('"', '""') + '"'


def _target(file: str, major: int) -> list[str]:
    if not file:
        return []
    # Studio brings it to the disk, and reads what was written meanwhile
    return [f"--file={file}", *(["--no-sync"] if major >= _SYNC_OPTION else [])]


def _compression(spec: BackupSpec, major: int, *, is_piped: bool) -> list[str]:
    if is_piped or spec.compression is Compression.NONE:
        return ["--compress=0"]
    if spec.compression is Compression.GZIP:
        return ["--compress=gzip" if major >= NAMED_COMPRESSION else "--compress=6"]  # gzip's own level
    return [f"--compress={spec.compression.value}"]

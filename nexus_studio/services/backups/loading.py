"""Putting a backup into a database that is there and empty: pg_restore, or psql on a stream that was judged.

What is restored is all there or an error is raised. Whether the database is empty again then is the caller's concern,
but for what is done in one transaction.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from psycopg import sql

from nexus_studio.core.admin.archivechoice import choose
from nexus_studio.core.admin.archives import ArchiveItem, ArchiveKind, ArchivePreview, Selection
from nexus_studio.core.admin.archivetoc import Toc, UnknownFormat
from nexus_studio.core.admin.plaindump import pieces
from nexus_studio.core.admin.plainjudge import PlainOptions
from nexus_studio.core.admin.restorewords import failure_of
from nexus_studio.core.errors import BackupDamaged, RestoreRefused, ToolMissing
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.archivefiles import items_of, kind_of, major_of, toc_of
from nexus_studio.services.backups.children import watched
from nexus_studio.services.backups.emptydatabase import owner_of_public, writing_to
from nexus_studio.services.backups.feeding import fed, output_of
from nexus_studio.services.backups.loadmeter import STEP, LoadMeter
from nexus_studio.services.backups.plaintext import judged, runnable
from nexus_studio.services.tools import Ran, conninfo_of, find_tool, run_tool, secret_environment

_NEWEST: Final = 300_000

_WRITES_NEW_SETTINGS: Final = 17  # from then on pg_restore says SET transaction_timeout, which older servers refuse
_PUBLIC: Final = re.compile(r"CREATE\s+SCHEMA\s+public\s*;")

# Since which minor version psql knows \restrict (August 2025).
_RESTRICTS: Final = {13: 22, 14: 19, 15: 14, 16: 10, 17: 6}
_VERSION: Final = re.compile(r"(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class _Job:
    """One loading."""

    file: Path
    kind: ArchiveKind
    profile: ConnectionProfile
    secret: str | None
    ctx: TaskContext
    server_version: int
    jobs: int = 1
    owners: bool = True
    privileges: bool = True
    is_atomic: bool = True
    selection: Selection = field(default_factory=Selection)
    skips_extensions: Collection[str] = ()
    tablespaces: bool = True

    @property
    def server_major(self) -> int:
        return self.server_version // 10_000

    @property
    def environment(self) -> dict[str, str]:
        return {**secret_environment(self.profile, self.secret), "LC_ALL": "C", "PGCLIENTENCODING": "UTF8"}

    def failed(self, ran: Ran) -> RestoreRefused | BackupDamaged:
        """Say in what way a program failed."""
        found = failure_of(ran.words, ran.status)
        if found.reason == "archive":
            return BackupDamaged("backup.altered", file=str(self.file), words=found.words)
        return RestoreRefused(
            "restore.failed",
            file=str(self.file),
            database=self.profile.database,
            words=found.words,
            reason=found.reason,
            table=found.table,
            line=found.line,
        )


def load(
    what: ArchivePreview | ArchiveKind | None,
    file: Path,
    profile: ConnectionProfile,
    secret: str | None,
    ctx: TaskContext,
    *,
    server_version: int,
    selection: Selection | None = None,
    jobs: int = 1,
    owners: bool = True,
    privileges: bool = True,
    skips_extensions: Collection[str] = (),
    is_atomic: bool = True,
    tablespaces: bool = True,
) -> None:
    """Put a backup into a database. Progress step "restore.loading" in bytes of the file.

    Args:
        what: The preview or kind of the file, as far as it is known.
        file: A dump, or the folder of one.
        profile: The very database. It must hold nothing.
        secret: Its password.
        ctx: Cancelling ends the programs.
        server_version: server_version_num of the target.
        selection: What of it; plain dumps are restored whole.
        jobs: How many at once, where the kind can; they are no one transaction.
        owners: Whether objects get the owners they had.
        privileges: Whether privileges are granted.
        skips_extensions: Extensions that are left out: they are not to be had.
        is_atomic: All in one transaction, with one job: if it fails, nothing was done. Of thousands of tables that
            takes more locks than most servers have.
        tablespaces: Whether tables and indexes go to the tablespaces they were in.

    Raises:
        RestoreRefused: "restore.failed" (facts file, database, words, reason, table, line), "restore.plain_selection",
            "restore.unknown_selection" (fact names), "restore.encrypted", "restore.commands",
            "restore.several_databases", "restore.cluster" (facts file, names).
        BackupDamaged, BackupFailed: the file turned out to be broken.
        ToolMissing: no pg_restore reads it, or there is no psql.
        Cancelled: as was wished.
    """
    kind = what.kind if isinstance(what, ArchivePreview) else what or kind_of(file)
    selection = selection or Selection()
    job = _Job(
        file, kind, profile, secret, ctx, server_version, jobs if kind.takes_jobs else 1, owners, privileges,
        is_atomic, selection, skips_extensions, tablespaces,
    )  # fmt: skip
    ctx.report(Progress(STEP))
    if kind.is_archive:
        _load_archive(job)
    elif kind.is_plain:
        if not selection.is_all:
            raise RestoreRefused("restore.plain_selection", file=str(file))
        _load_plain(job)
    elif kind is ArchiveKind.ENCRYPTED:
        raise RestoreRefused("restore.encrypted", file=str(file))
    else:
        raise BackupDamaged("backup.no_dump", file=str(file))


def _load_archive(job: _Job) -> None:
    toc: Toc | None
    try:
        toc = toc_of(job.file, job.kind)
    except UnknownFormat:
        toc = None
    program, major = _program(job, toc)
    with ExitStack() as stack:
        arguments = [f"--role={job.profile.role}"] if job.profile.role else []
        arguments += [] if job.owners else ["--no-owner"]
        arguments += [] if job.privileges else ["--no-privileges"]
        arguments += [] if job.tablespaces else ["--no-tablespaces"]
        items = items_of(toc, job.file, job.kind) if toc else ()
        ids = _wanted(job, items, _already_there(job, toc))
        if ids is not None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nexus-studio-"))
            listed = Path(folder) / "list"
            listed.write_text("".join(f"{each};\n" for each in ids), encoding="ascii")
            arguments.append(f"--use-list={listed}")
        if major >= _WRITES_NEW_SETTINGS > job.server_major:
            arguments = [each for each in arguments if not each.startswith("--role=")]
            text = output_of(program, [*arguments, "--file=-", str(job.file)], job.ctx, job.failed)
            _feed(job, judged(pieces(text), _options(job), job.file, _meter(job, items).begun))
        else:
            _restore(job, program, arguments, _meter(job, items))


def _restore(job: _Job, program: Path, arguments: list[str], meter: LoadMeter) -> None:
    arguments = ["--exit-on-error", "--verbose", "--no-password", *arguments]
    if job.jobs > 1:
        arguments.append(f"--jobs={job.jobs}")
    elif job.is_atomic:
        arguments.append("--single-transaction")
    arguments += [f"--dbname={conninfo_of(job.profile, purpose='pg_restore')}", str(job.file)]
    ran = watched(program, arguments, job.ctx, environment=job.environment, on_line=meter.said, on_tick=meter.tell)
    if ran.status != 0:
        raise job.failed(ran)
    meter.ended()


def _load_plain(job: _Job) -> None:
    meter = _meter(job, ())
    _feed(job, runnable(job.file, job.kind, _options(job), meter.read))


def _feed(job: _Job, text: Iterator[bytes]) -> None:
    """Have psql run statements. It must come to the end: where its input ends before, nothing was done."""
    program = find_any_tool("psql", job.server_version)
    arguments = ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", f"--output={os.devnull}"]
    arguments += ["--file=-", f"--dbname={conninfo_of(job.profile, purpose='psql')}"]
    ran = fed(
        program, arguments, _script(job, text, _restricts(program, job.ctx)), job.ctx, environment=job.environment
    )
    if ran.status != 0:
        raise job.failed(ran)


def _script(job: _Job, text: Iterator[bytes], restricts: bool) -> Iterator[bytes]:
    """Yield what psql reads. It ends with the COMMIT: psql takes the end of its input for that of the work."""
    key = secrets.token_hex(16).encode()
    if restricts:  # psql itself refuses its commands from here on, should one have come through
        yield b"\\restrict " + key + b"\n"
    if job.profile.role:
        yield sql.SQL("SET ROLE {};\n").format(sql.Identifier(job.profile.role)).as_bytes()
    if job.is_atomic:
        yield b"BEGIN;\n"
    yield from text
    yield b"\nCOMMIT;\n" if job.is_atomic else b"\n"
    if restricts:
        yield b"\\unrestrict " + key + b"\n"


def _meter(job: _Job, items: Sequence[ArchiveItem]) -> LoadMeter:
    return LoadMeter(job.file, items, job.ctx, is_parallel=job.jobs > 1)


def _options(job: _Job) -> PlainOptions:
    return PlainOptions(
        job.server_major, job.owners, job.privileges, frozenset(job.skips_extensions), job.is_atomic, job.tablespaces
    )


def _wanted(job: _Job, items: Sequence[ArchiveItem], there: Collection[int]) -> tuple[int, ...] | None:
    """Return the dump ids of what is restored, in their order; None: all of it."""
    chosen: tuple[int, ...] | None = None
    if not job.selection.is_all:
        choice = choose(items, job.selection)
        if choice.unknown:
            raise RestoreRefused("restore.unknown_selection", file=str(job.file), names=choice.unknown)
        chosen = choice.ids
    unwanted = {*there, *(each.dump_id for each in items if _is_unwanted(each, job.skips_extensions))}
    if chosen is None and not unwanted:
        return None
    return tuple(each for each in chosen or [one.dump_id for one in items] if each not in unwanted)


def _is_unwanted(item: ArchiveItem, extensions: Collection[str]) -> bool:
    """Tell whether an entry is of an extension that is left out, or says again what every database has."""
    if item.kind == "EXTENSION":
        return item.name in extensions
    if item.kind != "COMMENT" or not item.name.startswith("EXTENSION "):
        return False
    name = item.name.removeprefix("EXTENSION ").strip('"').replace('""', '"')
    return name in extensions or name == "plpgsql"


def _already_there(job: _Job, toc: Toc | None) -> tuple[int, ...]:
    """Return what an archive would make although a new database has it: the schema public, which gets its owner here.

    It is only made by what was dumped with --schema=public.
    """
    made = [each for each in toc.entries if each.kind == "SCHEMA" and _PUBLIC.match(each.definition)] if toc else []
    if not made:
        return ()
    with writing_to(job.profile, job.secret, job.ctx) as driver:
        owner = owner_of_public(driver)
        if owner is None:
            return ()
        if job.owners and made[0].owner not in {"", owner}:
            driver.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(made[0].owner)))
    return tuple(each.dump_id for each in made)


def _program(job: _Job, toc: Toc | None) -> tuple[Path, int]:
    """Return the pg_restore that reads the archive and fits the server best, with its major version."""
    needed = toc.readable_from * 10_000 if toc else _NEWEST
    program = find_any_tool("pg_restore", max(job.server_version, needed), at_least=needed)
    said = run_tool(program, ["--version"], job.ctx).output.decode("utf-8", "replace")
    return program, major_of(said.rpartition(") ")[2])


def find_any_tool(name: str, server_version: int, *, at_least: int = 0) -> Path:
    """Return the program that fits a server, or an older one: it may well do.

    Raises:
        ToolMissing: there is none, or none of `at_least` that version (as `server_version`).
    """
    while True:
        try:
            return find_tool(name, server_version)
        except ToolMissing:
            if server_version // 10_000 <= at_least // 10_000:
                raise
            server_version -= 10_000


def _restricts(psql: Path, ctx: TaskContext) -> bool:
    said = run_tool(psql, ["--version"], ctx).output.decode("utf-8", "replace").rpartition(") ")[2]
    found = _VERSION.match(said)
    if found is None:
        return False
    major, minor = int(found.group(1)), int(found.group(2) or 0)
    return major > max(_RESTRICTS) or minor >= _RESTRICTS.get(major, minor + 1)

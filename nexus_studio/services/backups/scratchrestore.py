"""A backup restored into a scratch database, for as long as somebody looks at it; then it is gone, come what may.

First it is restored as any restore is. Where that fails it is loaded again as far as it goes, so that what fails is
named and the rest can be looked at.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import REFUSED, ArchiveKind, ArchivePreview
from nexus_studio.core.errors import BackupDamaged, RestoreRefused
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.archivejudge import require_harmless
from nexus_studio.services.backups.archives import look
from nexus_studio.services.backups.diskspace import require_room, require_some
from nexus_studio.services.backups.encrypting import decrypted
from nexus_studio.services.backups.loading import load
from nexus_studio.services.backups.opening import private_folder
from nexus_studio.services.backups.scratchground import (
    is_of_a_part,
    is_of_rows_alone,
    lay_ground,
    of_the_part,
    tables_alone,
)
from nexus_studio.services.backups.scratchload import load_as_far_as_it_goes
from nexus_studio.services.backups.scratchplace import Place, chosen_place, encoding_for, make_roles, make_schemas
from nexus_studio.services.migrations.scratch import Scratch, Where, scratch_at
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

_MOST_JOBS: Final = 4
_LOOK_S: Final = 0.5
_WORTH_JOBS_BYTES: Final = 32 * 1024**2

_NOT_THE_FILE: Final = frozenset({"disk_full", "locks", "connection", "connection_lost", "killed"})
"""Reasons why a restore fails that say nothing of what is restored."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup while it is a database: a session on it, where it is, and what of it could not be had.

    `problems` are what the restore said of what failed, without values; the rest is there.
    """

    session: Session
    where: Where
    preview: ArchivePreview
    missing_extensions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@contextmanager
def restored(
    session: Session | None, paths: Paths, file: Path, ctx: TaskContext, *, prefer: Where | None = None
) -> Iterator[Restored]:
    """Restore a backup into a scratch database and drop that with the block.

    Nothing is done with a file that is damaged, altered or no dump. Progress steps "backup.checking",
    "migration.scratch", "restore.loading".

    Args:
        session: On the database it is of; it is only asked, and its server used where `scratchplace` says so. None:
            there is none.
        paths: Where the embedded server's folder lies.
        file: A dump, or the folder of one.
        ctx: Cancelling stops it and leaves nothing.
        prefer: Where it should rather be.

    Raises:
        BackupDamaged: as `archives.look`.
        BackupFailed: as `archives.look`; "backup.no_room": the disk of caches has less room than the file has bytes;
            "backup.disk_full": it became more, and the disk would have been full.
        RestoreRefused: "restore.failed" where that says nothing of the file (facts words, reason); what must not be
            run, such as "restore.commands".
        EmbeddedFailed, ToolMissing, StudioError: there is no place, or no program.
    """
    with ExitStack() as stack:
        with opened(file, paths, ctx) as (dump, preview), ExitStack() as held:
            place = chosen_place(held, session, paths, preview, prefer, ctx)
            if place.where == "embedded":
                require_room(paths.cache, preview.size_bytes)
                ctx = _watching(paths.cache, ctx)
            scratch, problems = _filled(stack, place, session, paths, dump, preview, ctx)
        yield Restored(scratch.session, scratch.where, preview, place.missing, problems)


def _watching(folder: Path, ctx: TaskContext) -> TaskContext:
    """Return a context that stops the work before a disk is full: how much a file becomes nobody knows beforehand.

    What is reported raises BackupFailed "backup.disk_full" then.
    """
    looked = 0.0

    def tell(progress: Progress) -> None:
        nonlocal looked
        if time.monotonic() - looked >= _LOOK_S:
            require_some(folder)
            looked = time.monotonic()
        ctx.report(progress)

    return TaskContext(ctx.token, tell)


@contextmanager
def opened(file: Path, paths: Paths, ctx: TaskContext) -> Iterator[tuple[Path, ArchivePreview]]:
    """Look at a file; yield the dump itself and what it holds. An encrypted one is plain for the block only.

    Raises:
        BackupDamaged, BackupFailed: as `archives.look` and `encrypting.decrypted`.
        RestoreRefused: it must not be run.
    """
    with ExitStack() as stack:
        dump, preview = file, look(file, ctx)
        if preview.kind is ArchiveKind.ENCRYPTED:
            dump = stack.enter_context(decrypted(file, ctx, folder=private_folder(paths)))
            preview = _within(dump, preview, ctx)
        for warning in preview.warnings:
            if code := REFUSED.get(warning):
                raise RestoreRefused(code, file=str(file), names=preview.refused_for)
        require_harmless(dump, preview.kind)
        yield dump, preview


def _within(dump: Path, outer: ArchivePreview, ctx: TaskContext) -> ArchivePreview:
    """Look at what was encrypted; its sidecar is beside the encrypted file."""
    try:
        inner = look(dump, ctx)
    except BackupDamaged as error:
        raise BackupDamaged(error.code, file=outer.file, words=str(error.facts.get("words") or "")) from error
    warnings = (*outer.warnings, *(each for each in inner.warnings if each != "archive.unverified"))
    return replace(
        inner, file=outer.file, record=outer.record, size_bytes=outer.size_bytes, revision=outer.revision,
        warnings=warnings,
    )  # fmt: skip


def _filled(
    stack: ExitStack,
    place: Place,
    session: Session | None,
    paths: Paths,
    dump: Path,
    preview: ArchivePreview,
    ctx: TaskContext,
) -> tuple[Scratch, tuple[str, ...]]:
    """Restore into a scratch database that lasts as long as the stack; return it and what failed."""
    is_part = is_of_a_part(preview)  # its foreign keys to other tables can't be made, which is no fault of it
    try:
        with ExitStack() as attempt:
            scratch = attempt.enter_context(_empty(place, session, paths, preview, ctx))
            if is_part:
                problems = load_as_far_as_it_goes(preview, dump, scratch, ctx, skips_extensions=place.missing)
                problems = of_the_part(problems, preview)
            else:
                _load(scratch, place, dump, preview, ctx)
                problems = ()
            stack.enter_context(attempt.pop_all())
            return scratch, problems
    except RestoreRefused as error:
        if error.code != "restore.failed" or error.facts.get("reason") in _NOT_THE_FILE:
            raise
        log.info("backup not restored whole", extra={"reason": str(error.facts.get("reason"))})
        first = str(error.facts.get("words") or "")
    scratch = stack.enter_context(_empty(place, session, paths, preview, ctx))
    problems = load_as_far_as_it_goes(preview, dump, scratch, ctx, skips_extensions=place.missing)
    return scratch, problems or (first,)


@contextmanager
def _empty(
    place: Place, session: Session | None, paths: Paths, preview: ArchivePreview, ctx: TaskContext
) -> Iterator[Scratch]:
    if is_of_rows_alone(preview):
        with tables_alone(session, paths, place.where, preview, ctx) as scratch:
            yield scratch
        return
    with scratch_at(place.where, session, paths, ctx, encoding=encoding_for(preview)) as scratch:
        if place.where == "embedded":
            make_roles(scratch, preview.roles, ctx)
        if session is not None and is_of_a_part(preview):
            lay_ground(session, scratch, preview, ctx)
        make_schemas(scratch, preview, ctx)
        yield scratch


def _load(scratch: Scratch, place: Place, dump: Path, preview: ArchivePreview, ctx: TaskContext) -> None:
    # Beside the real database owners and grantees may be roles that ours may not act for.
    is_own = place.where == "embedded"
    load(
        preview,
        dump,
        scratch.profile,
        scratch.secret,
        ctx,
        server_version=scratch.session.server.version_num,
        jobs=min(_MOST_JOBS, os.cpu_count() or 1) if preview.size_bytes >= _WORTH_JOBS_BYTES else 1,
        owners=is_own,
        privileges=is_own,
        skips_extensions=place.missing,
        tablespaces=False,
        is_atomic=False,  # nothing is lost with half of it, and thousands of tables need no locks at once
    )

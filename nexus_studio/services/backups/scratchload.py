"""A backup loaded into a scratch database as far as it goes: what fails is named, and the rest is loaded all the same.

Only for scratch databases. Where all of a backup is wanted or nothing, `loading.load` does it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import psycopg

from nexus_studio.core.admin.archives import ArchivePreview
from nexus_studio.core.admin.plaindump import Piece, PieceKind, is_copy_in, pieces
from nexus_studio.core.admin.plainjudge import Judge, PlainOptions
from nexus_studio.core.admin.restoreproblems import MOST, problem, problems_in
from nexus_studio.core.errors import ConnectionLost, StudioError
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.archivefiles import restore_program, toc_of
from nexus_studio.services.backups.plaintext import chunks
from nexus_studio.services.cutting import CANCEL_TIMEOUT_S
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.scratch import Scratch
from nexus_studio.services.tools import conninfo_of, run_tool, secret_environment

STEP: Final = "restore.loading"

_NAMED: Final = re.compile(
    rb"""(?:COPY|INSERT\ INTO|(?:CREATE|ALTER|COMMENT\ ON)(?:\ [A-Z]+){1,4})\ (?:IF\ NOT\ EXISTS\ )?
         (?:"(?:[^"]|"")+"|[\w$\x80-\xff]+)(?:\.(?:"(?:[^"]|"")+"|[\w$\x80-\xff]+))?""",
    re.VERBOSE,
)
_ENDS: Final = (b"\\.\n", b"\\.\r\n")
_LAST_LINES: Final = tuple(b"\n" + each for each in _ENDS)


def load_as_far_as_it_goes(
    preview: ArchivePreview, file: Path, scratch: Scratch, ctx: TaskContext, *, skips_extensions: Collection[str] = ()
) -> tuple[str, ...]:
    """Load a backup into an empty scratch database and return what went wrong, without values.

    Args:
        preview: What the file holds.
        file: The dump itself, not encrypted.
        scratch: Where it goes.
        ctx: Cancelling stops it.
        skips_extensions: Are not to be had there, and not made.

    Raises:
        BackupFailed, BackupDamaged, ToolMissing: the file can't be read at all.
    """
    if preview.kind.is_plain:
        return _by_statements(preview, file, scratch, ctx, skips_extensions)
    return _by_pg_restore(preview, file, scratch, ctx, skips_extensions)


def _by_pg_restore(
    preview: ArchivePreview, file: Path, scratch: Scratch, ctx: TaskContext, skips: Collection[str]
) -> tuple[str, ...]:
    wanted = [item.dump_id for item in preview.items if not (item.kind == "EXTENSION" and item.name in skips)]
    program = restore_program(toc_of(file, preview.kind))
    ctx.report(Progress(STEP))
    with tempfile.TemporaryDirectory(prefix="nexus-studio-") as folder:
        listed = Path(folder) / "list"
        listed.write_text("".join(f"{each};\n" for each in wanted), encoding="ascii")
        arguments = ["--no-password", "--no-tablespaces", f"--use-list={listed}"]
        arguments += [f"--dbname={conninfo_of(scratch.profile, purpose='pg_restore')}", str(file)]
        environment = {**secret_environment(scratch.profile, scratch.secret), "LC_ALL": "C"}
        ran = run_tool(program, arguments, ctx, environment=environment)
    return problems_in(ran.words) or (() if ran.status == 0 else (f"pg_restore: {ran.status}",))


def _by_statements(
    preview: ArchivePreview, file: Path, scratch: Scratch, ctx: TaskContext, skips: Collection[str]
) -> tuple[str, ...]:
    """Run a plain dump statement by statement, each by itself."""
    version = scratch.session.server.version_num // 10_000
    judge = Judge(PlainOptions(version, skips_extensions=skips, is_atomic=False, tablespaces=False))
    problems: dict[str, None] = {}
    done = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        ctx.report(Progress(STEP, done, preview.size_bytes, "bytes"))

    with (
        scratch.session.alone(ctx, purpose="scratch") as driver,
        ctx.token.calling(lambda: driver.cancel_safe(timeout=CANCEL_TIMEOUT_S)),
    ):
        stream = pieces(chunks(file, preview.kind, read))
        for piece in stream:
            text = judge.judged(piece)
            if not text or piece.kind is PieceKind.ROWS:  # rows that are left are those of a COPY that failed
                continue
            try:
                with translated(ctx.token):
                    _run(driver, text, stream)
            except ConnectionLost:
                raise
            except StudioError as error:
                ctx.token.raise_if_cancelled()
                said = error.report.message if error.report else error.code
                problems[problem(said, entry=_named(text))] = None
    return tuple(problems)[:MOST]


def _named(text: bytes) -> str:
    """Return what a statement is about: how it begins, up to the name; nothing of what it holds."""
    found = _NAMED.match(text.lstrip())
    return found.group().decode("utf-8", "replace") if found else ""


def _run(driver: psycopg.Connection, text: bytes, stream: Iterator[Piece]) -> None:
    """Run a statement, with its rows where it is a COPY."""
    if not is_copy_in(text):
        driver.execute(text)
        return
    with driver.cursor() as cursor, cursor.copy(text) as copy:
        former = next(stream)  # the rest of the statement's own line
        for piece in stream:
            is_last = piece.text.endswith(_LAST_LINES) or (piece.text in _ENDS and former.text.endswith(b"\n"))
            copy.write(piece.text[: piece.text.rindex(b"\\.")] if is_last else piece.text)
            if is_last:
                return
            former = piece

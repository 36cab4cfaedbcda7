"""What `migrate` says on a Prisma project: Prisma's codes and phrases beside our own words, and where it is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Final

from nexus_studio.cli_sure import require_rail_of
from nexus_studio.cli_target import find_target, opened
from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.migrations import MigrationStanding, MigrationStatus, RunResult
from nexus_studio.core.admin.prismaverdict import PrismaVerdict
from nexus_studio.core.errors import ConnectionFailed, MigrationBlocked, PermissionDenied, StudioError
from nexus_studio.core.profiles import Capability, ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import create_database
from nexus_studio.services.migrations.projects import Project
from nexus_studio.services.prisma.connection import has_schema, make_schema, own_connection, target_schema
from nexus_studio.services.prisma.folders import read_folders
from nexus_studio.services.prisma.project import PrismaProject
from nexus_studio.services.session import Session

_UNREACHED: Final = frozenset({"refused", "host_not_found", "timeout", "starting_up", "failed", "tls_refused"})
_REFUSED: Final = frozenset({"password_wrong", "password_missing", "role_missing"})
_NO_ACCESS: Final = frozenset({"not_admitted", "tls_required"})

_SILENT: Final = {
    "failed": "{name} has failed, and nothing else is applied until that is decided on",
    "edited": "{name} was edited since it was applied",
    "missing": "{name} is applied, and its folder is gone",
    "rolled_back": "{name} was rolled back and not run again: a deploy will run it",
}
_FORESEEN: Final = {
    "bom": "{name} begins with a byte order mark, which PostgreSQL takes for an error",
    "begin_open": "{name} has a BEGIN without its COMMIT: all since then is lost when the connection ends",
    "search_path": "{name} sets the search path: Prisma's ledger may not be found after it",
    "copy": "{name} has COPY … FROM STDIN, whose rows can't be sent",
    "concurrently": "{name} builds or drops an index CONCURRENTLY beside other statements, and is sent as one query",
    "partial": "",  # true of every script of this version: said in docs/prisma.md
}


# Errors


@contextmanager
def prisma_said(project: Project, profile: ConnectionProfile) -> Iterator[None]:
    """Say on stderr what Prisma says of an error, before our own words, where the project is one of Prisma's."""
    try:
        yield
    except StudioError as error:
        if isinstance(project, PrismaProject):
            code, text = _said(error, profile)
            if code or text:
                error.facts["prisma"] = code
                sys.stderr.write(texts.error(code, text) + "\n\n")
        raise


def _said(error: StudioError, profile: ConnectionProfile) -> tuple[str, str]:
    """Return Prisma's code and words; empty where it has none."""
    if "prisma_text" in error.facts:
        return str(error.facts.get("prisma") or ""), str(error.facts["prisma_text"])
    server = f"`{profile.host or 'localhost'}:{profile.port}`"
    if isinstance(error, ConnectionFailed):
        return _not_connected(error.code.removeprefix("connection."), profile, server)
    if isinstance(error, PermissionDenied) and error.report is not None:
        return "", f"ERROR: {error.report.message}"
    return "", ""


def _not_connected(cause: str, profile: ConnectionProfile, server: str) -> tuple[str, str]:
    if cause == "database_missing":
        return "P1003", f"Database `{profile.database}` does not exist on the database server at {server}."
    if cause in _REFUSED:
        return "P1000", (
            f"Authentication failed against database server at {server}, the provided database credentials for "
            f"`{profile.user}` are not valid."
        )
    if cause in _NO_ACCESS:
        return "P1010", f"User `{profile.user}` was denied access on the database `{profile.database}`"
    if cause in _UNREACHED:
        return "P1001", (
            f"Can't reach database server at {server}\n\nPlease make sure your database server is running at {server}."
        )
    return "", ""


# Opening


@contextmanager
def opened_for(arguments: argparse.Namespace, ctx: TaskContext, project: Project) -> Iterator[Session]:
    """Open the database as `cli_target.opened`; one that Prisma would make first is made, where its rail allows that.

    Of a Prisma project, `deploy` makes a database that is not there, and counts the migrations also where it refuses.
    """
    makes = isinstance(project, PrismaProject) and getattr(arguments, "makes_database", False)
    target = find_target(arguments)
    with ExitStack() as stack:
        try:
            session = stack.enter_context(opened(arguments, ctx))
        except ConnectionFailed as error:
            if not makes or error.code != "connection.database_missing":
                raise
            profile = target.profile
            require_rail_of(arguments, "database.create", profile.environment)
            create_database(profile, target.secret, ctx)
            where = f"{profile.host or 'localhost'}:{profile.port}"
            sys.stderr.write(f"PostgreSQL database {profile.database} created at {where}\n\n")
            session = stack.enter_context(opened(arguments, ctx))
        try:
            yield session
        except MigrationBlocked:
            if makes and isinstance(project, PrismaProject) and not arguments.json:
                sys.stdout.write(texts.found(len(read_folders(project))) + "\n")
            raise


def make_target_schema(session: Session, ctx: TaskContext) -> str:
    """Make the schema of the URL where there is none, as `prisma migrate status` does; return the note about it.

    Where the connection may not write now, nothing is made.
    """
    schema = target_schema(session.profile)
    if session.is_read_only or not session.profile.allows(Capability.MIGRATE) or session.profile.pooler:
        return ""
    with session.read(ctx) as connection:
        if has_schema(connection, schema):
            return ""
    with own_connection(session, ctx) as driver:
        return f"The schema {schema} was not there and was made, as Prisma does." if make_schema(driver, schema) else ""


# Answers


def prisma_steps(found: MigrationStatus) -> list[str]:
    """Return the commands that come next on a Prisma project, the most pressing one first."""
    command = "nexus-studio migrate"
    broken = [each for each in found.graph.problems if not each.is_harmless]
    if broken:
        return ["repair the files named above"]
    match found.standing:
        case MigrationStanding.FAILED:
            return [f"{command} resolve --show {each.revision}" for each in found.unresolved]
        case MigrationStanding.AHEAD:
            return ["bring the folder up to date: the migrations are in a newer copy of the project"]
        case MigrationStanding.NOT_MANAGED:
            return [f"{command} stamp NAME, if the tables are those of that migration and all before it (a baseline)"]
        case MigrationStanding.NONE | MigrationStanding.BEHIND if found.pending:
            return [f"{command} plan", f"{command} deploy"]
        case MigrationStanding.NONE:
            return [f"{texts.CREATE_COMMAND.format(name='NAME')}, which writes the first one"]
        case _:
            return []


def version_said(project: PrismaProject) -> str:
    """Say whose ways are followed, and how that is known."""
    source = {
        "given": "as was said",
        "installed": "installed",
        "locked": "the lock file",
        "declared": "package.json",
        "newest": "the newest: the project names none",
    }[project.version.source]
    return f"Prisma {project.version} ({source})"


def verdict_text(verdict: PrismaVerdict) -> str:
    """Say what `prisma migrate status` would, and what it keeps silent about."""
    head = f"prisma migrate status ({verdict.version}) says, with exit code {verdict.exit_code}:"
    said = texts.error(verdict.code, verdict.text) if verdict.code else verdict.text
    parts = [head, said]
    if verdict.untold:
        word = "That is not so" if verdict.is_misleading else "It does not say"
        lines = [f"  - {_SILENT[why].format(name=name)}" for name, why in verdict.untold]
        parts.append("\n".join([f"{word}:", *lines]))
    if verdict.others:
        parts.append(
            f"schema.prisma names further schemas: {', '.join(verdict.others)}. Unlike Prisma, a reset empties the "
            "schema of the URL alone, unless --schema names them too; adopt takes over that one."
        )
    return "\n\n".join(parts)


def verdict_data(found: MigrationStatus, project: PrismaProject) -> dict[str, Any]:
    """Return Prisma's account for --json."""
    verdict = found.verdict
    if verdict is None:
        return {}
    return {
        "version": str(project.version),
        "version_from": project.version.source,
        "says": verdict.saying,
        "text": verdict.text,
        "code": verdict.code or None,
        "exit_code": verdict.exit_code,
        "names": verdict.names,
        "misleading": verdict.is_misleading,
        "other_schemas": verdict.others,
        "untold": [{"migration": name, "why": why} for name, why in verdict.untold],
    }


def run_said(result: RunResult, number: int) -> str:
    """Say in Prisma's words how a deploy went; `number` is how many migrations the folder has."""
    parts = [texts.found(number)]
    parts += [texts.applying(name) for name in result.done]
    failed = result.failed
    if failed is not None:
        parts.append(texts.applying(failed.migration_name))
    if failed is None and not result.cancelled:
        parts.append(f"\n{texts.applied_tree(result.done)}" if result.done else f"\n{texts.NOTHING_PENDING}")
    return "\n".join(parts)


def failure_said(result: RunResult) -> str:
    """Say in Prisma's words why a script failed; "" where none did."""
    failed = result.failed
    if failed is None:
        return ""
    if result.warnings:
        return "\n\n".join(result.warnings)
    if failed.logs and failed.logs.startswith(texts.FAILED_TO_APPLY):
        return texts.error("P3018", failed.logs)
    return failed.logs or ""


def foreseen_said(found: tuple[tuple[str, str], ...]) -> list[str]:
    """Say what a deploy will do that one might not think of."""
    return [_FORESEEN[code].format(name=name) for code, name in found if _FORESEEN.get(code)]


def without_prisma(result: RunResult) -> RunResult:
    """Return the result without what was said in Prisma's words already."""
    return replace(result, warnings=())

"""What `server` and `env` do: one thin function an action, the work is `services.servers`'s."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from nexus_studio.cli_output import FAILED, OK, Result, counted, facts, table
from nexus_studio.cli_sure import require_rail_of
from nexus_studio.cli_target import find_target
from nexus_studio.cli_wording_servers import fault_words
from nexus_studio.core.admin.envchecks import EnvEntry, EnvReport, Severity
from nexus_studio.core.admin.envsecrets import masked
from nexus_studio.core.admin.servers import ServerKind, ServerStatus
from nexus_studio.core.errors import ComposeFailed, EnvFailed, UserError
from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.composeserver import READY_S
from nexus_studio.services.demo import default_data_dir
from nexus_studio.services.servers import ServerHelpers, server_folder

Run = Callable[[argparse.Namespace, TaskContext], Result]


def server_status(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say how the server is."""
    return _answer(_helpers(arguments).status(ctx, _kind(arguments)))


def server_start(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Start the server; on the next free port where its own is taken and that is wanted."""
    helpers, kind = _helpers(arguments), _kind(arguments)
    wait_s = 0 if arguments.no_wait else READY_S
    try:
        return _answer(helpers.start(ctx, kind, wait_s=wait_s))
    except ComposeFailed as error:
        port = error.facts.get("free_port")
        if not arguments.free_port or not isinstance(port, int):
            raise
        helpers.take_port(port, ctx)
        return _answer(helpers.start(ctx, kind, wait_s=wait_s), port_written=port)


def server_stop(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Stop the server."""
    require_rail_of(arguments, "server.stop", _environment(arguments))
    status = _helpers(arguments).stop(ctx, _kind(arguments), although_used=arguments.force)
    return Result(_data(status), _said(status), OK)


def env_check(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what is wrong with `.env`."""
    report = _existing(arguments, ctx)
    return Result(_checked(report), _findings(report), FAILED if report.has_errors else OK)


def env_create(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Make `.env` of its example."""
    report = _helpers(arguments).create_env(ctx, strong=arguments.strong)
    return Result(_checked(report), f"Created {report.file}.\n{_findings(report)}")


def env_set(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Change variables of `.env`."""
    if not arguments.assignments and not arguments.unset:
        raise UserError("env.nothing_to_set")
    helpers = _helpers(arguments)
    report = helpers.env(ctx)
    there = {entry.name for entry in report.entries if entry.raw is not None}
    for name in arguments.unset:
        if name not in there:
            raise EnvFailed("env.unknown_name", file=str(report.file), name=name)
    changes: dict[str, str | None] = dict.fromkeys(arguments.unset)
    for assignment in arguments.assignments:
        name, is_given, value = assignment.partition("=")
        changes[name] = value if is_given else _asked_for(name)
    after = helpers.save_env(changes, report.text, ctx)
    names = ", ".join(changes)
    about = [each for each in after.findings if each.name in changes]
    text = f"Changed {names} in {after.file}."
    return Result({**_checked(after), "changed": list(changes)}, "\n".join([text, *_lines(about)]))


def env_show(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Show the variables of `.env`; secrets when they are asked for."""
    report = _existing(arguments, ctx)
    entries = {entry.name: entry for entry in report.entries if entry.raw is not None}
    for name in arguments.names:
        if name not in entries:
            raise EnvFailed("env.unknown_name", file=str(report.file), name=name)
    chosen = [entries[name] for name in arguments.names] if arguments.names else list(entries.values())
    shown = {entry.name: _value(entry, secrets=arguments.secrets) for entry in chosen}
    variables = [{"name": e.name, "value": shown[e.name], "is_secret": e.is_secret} for e in chosen]
    return Result({"file": report.file, "variables": variables}, facts(shown.items()))


def _helpers(arguments: argparse.Namespace) -> ServerHelpers:
    folder = arguments.project.expanduser().absolute() if arguments.project else server_folder(Path.cwd())
    if folder is not None and not folder.is_dir():
        raise UserError("cli.no_folder", folder=str(folder))  # a typing error must not start the embedded server
    data_dir = getattr(arguments, "data_dir", None) or default_data_dir()
    return ServerHelpers(folder, data_dir, os.environ)


def _kind(arguments: argparse.Namespace) -> ServerKind | None:
    if arguments.compose:
        return ServerKind.COMPOSE
    return ServerKind.EMBEDDED if arguments.embedded or arguments.data_dir else None


def _environment(arguments: argparse.Namespace) -> Environment:
    """Tell what the server is for, where somebody says it: a project's own one is for development."""
    if arguments.profile or arguments.url:
        return find_target(arguments).profile.environment
    return Environment(arguments.environment) if arguments.environment else Environment.DEVELOPMENT


def _answer(status: ServerStatus, *, port_written: int = 0) -> Result:
    written = f"Port {port_written} was written to .env.\n" if port_written else ""
    return Result(_data(status), written + _said(status), OK if status.is_up else FAILED)


def _data(status: ServerStatus) -> dict[str, Any]:
    return {
        "kind": status.kind,
        "state": status.state,
        "name": status.name,
        "folder": status.folder,
        "place": status.place,
        "port": status.port or None,
        "port_variable": status.variable or None,
        "has_health_check": status.has_health,
        "exit_code": status.exit_code,
        "detail": status.detail,
        "users": status.users,
        "is_kept": status.is_kept,
        "url": status.url or None,
        "is_docker_missing": status.is_docker_missing,
        "is_plugin_missing": status.is_plugin_missing,
    }


def _said(status: ServerStatus) -> str:
    what = f"docker compose service {status.name}" if status.kind is ServerKind.COMPOSE else "embedded server"
    health = " (it has no health check)" if status.kind is ServerKind.COMPOSE and not status.has_health else ""
    pairs: list[tuple[str, object]] = [
        ("server", what),
        ("state", status.state.value + (health if status.is_up else "")),
        ("listens at", status.place or "nowhere"),
        ("folder", status.folder),
    ]
    if status.detail:
        pairs.append(("docker says", status.detail))
    if status.exit_code:
        pairs.append(("ended with", status.exit_code))
    if status.kind is ServerKind.EMBEDDED and status.is_up:
        pairs.append(("used by", counted(status.users, "program") + (", and kept running" if status.is_kept else "")))
    if status.url:
        pairs.append(("url", status.url))
    lacks = "docker" if status.is_docker_missing else "docker's compose plugin" if status.is_plugin_missing else ""
    return facts(pairs) + (f"\nThe project has a compose service, but {lacks} is not installed." if lacks else "")


def _existing(arguments: argparse.Namespace, ctx: TaskContext) -> EnvReport:
    report = _helpers(arguments).env(ctx)
    if not report.exists:
        raise EnvFailed("env.no_file", file=str(report.file))
    return report


def _checked(report: EnvReport) -> dict[str, Any]:
    return {
        "file": report.file,
        "example": report.example,
        "is_valid": not report.has_errors,
        "findings": [
            {
                "severity": each.severity,
                "code": each.fault,
                "name": each.name or None,
                "line": each.line or None,
                "message": fault_words(each.fault, each.other),
            }
            for each in report.findings
        ],
    }


def _findings(report: EnvReport) -> str:
    if not report.findings:
        return f"{report.file} is in order."
    rows = [
        (each.severity.value, each.line or "", each.name, fault_words(each.fault, each.other))
        for each in report.findings
    ]
    bad = sum(each.severity is Severity.ERROR for each in report.findings)
    head = f"{report.file}: {counted(bad, 'error')}, {counted(len(rows) - bad, 'warning')}"
    return f"{head}\n\n{table(('severity', 'line', 'variable', 'what'), rows, right=(1,))}"


def _lines(findings: list[Any]) -> list[str]:
    return [f"{each.severity.value}: {each.name} {fault_words(each.fault, each.other)}" for each in findings]


def _value(entry: EnvEntry, *, secrets: bool) -> str:
    return (entry.raw or "") if secrets else masked(entry.name, entry.raw or "")


def _asked_for(name: str) -> str:
    """Take a value from where no list of processes and no history of a shell shows it."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    line = sys.stdin.readline()
    if not line:
        raise UserError("env.value_missing", name=name)
    return line.rstrip("\r\n")


RUNS: Final[Mapping[str, Run]] = {
    "server status": server_status,
    "server start": server_start,
    "server stop": server_stop,
    "env check": env_check,
    "env create": env_create,
    "env set": env_set,
    "env show": env_show,
}
"""Every action of `server` and `env`."""

"""What `doctor` and `ci` do: the deployment checklist of one database, and the job that asks it of every commit."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from nexus_studio import __version__
from nexus_studio.cli_migrate_target import project_of
from nexus_studio.cli_output import Result, table
from nexus_studio.cli_target import opened
from nexus_studio.core.admin.cirecipe import RecipeFacts, github_recipe
from nexus_studio.core.admin.readiness import CHECKS, Finding, ReadinessReport
from nexus_studio.core.admin.readinesspaper import as_html, as_markdown, as_text
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.project import nearest_project
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.project import project_folder
from nexus_studio.services.readiness.scene import Surroundings
from nexus_studio.services.readiness.service import ReadinessService
from nexus_studio.ui.kit.readiness_said import paper_of, said_finding
from nexus_studio.ui.kit.wording_readiness import SUBJECTS, TITLES

Run = Callable[[argparse.Namespace, TaskContext], Result]


def doctor(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say how the database stands on every line of the checklist; the exit code is the verdict."""
    if arguments.list:
        return _listed()
    with opened(arguments, ctx) as session:
        if arguments.health_url:
            session.profile = replace(session.profile, health_url=arguments.health_url)
        migrations = MigrationService(session, partial(project_of, arguments, session.profile), Paths.default())
        around = Surroundings.of(session.profile)
        if arguments.project is not None:
            folder = arguments.project.expanduser().absolute()
            around = replace(around, folder=project_folder(folder.parent if folder.is_file() else folder))
        report = ReadinessService(session, migrations, Paths.default()).report(ctx, arguments.only, around=around)
    return Result(_data(report), _text(arguments, report), report.exit_code)


def recipe(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Print the job for GitHub Actions."""
    ctx.token.raise_if_cancelled()
    folder = nearest_project(Path.cwd()) or Path.cwd()
    facts = RecipeFacts(
        install=shlex.quote(arguments.install or f"nexus-studio=={__version__}"),
        requirements=_requirements(folder),
        folder=_from_top(folder),
        python=arguments.python,
        image=f"postgres:{arguments.postgres}",
        branch=arguments.branch,
    )
    text = github_recipe(facts)
    return Result({"workflow": text}, text.rstrip("\n"))


def _listed() -> Result:
    data = [{"id": each.id, "subject": each.subject, "title": TITLES[each.id]} for each in CHECKS]
    lines = [(each.id, SUBJECTS[each.subject], TITLES[each.id]) for each in CHECKS]
    return Result({"checks": data}, table(("id", "about", "check"), lines))


def _text(arguments: argparse.Namespace, report: ReadinessReport) -> str:
    paper = paper_of(report, str, report.environment.value)
    if arguments.markdown:
        return as_markdown(paper).rstrip("\n")
    return as_html(paper).rstrip("\n") if arguments.html else as_text(paper)


def _data(report: ReadinessReport) -> dict[str, Any]:
    return {
        "place": report.place,
        "database": report.database,
        "environment": report.environment,
        "server_version": report.server_version,
        "made_at": report.made_at,
        "tool": report.tool,
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        "findings": [_finding(each) for each in report.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    said = said_finding(finding, str)
    return {
        "check": finding.check,
        "title": said.title,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "found": said.found,
        "advice": said.advice,
        "evidence": dict(finding.evidence),
        "command": said.command,
        "took_ms": round(finding.took_ms, 1),
    }


def _from_top(folder: Path) -> str:
    """Return a folder as seen from the top of its repository; "." where there is none."""
    top = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    return folder.relative_to(top).as_posix()


def _requirements(folder: Path) -> str:
    """Return what pip installs of a project, by the files that lie in its folder."""
    if (folder / "requirements.txt").is_file():
        return "-r requirements.txt"
    return "-e ." if (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file() else ""


RUNS: Final[Mapping[str, Run]] = {"doctor": doctor, "ci": recipe}
"""Functions by command."""

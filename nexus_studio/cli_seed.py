"""The command `seed`: list what can be put into a database, say what it would add, put it there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from nexus_studio.cli_output import Result, facts, table
from nexus_studio.cli_target import opened
from nexus_studio.cli_wording_seeds import FAULTS
from nexus_studio.core.admin.seeds import SeedListing, SeedProblem, SeedReport, SeedSpec
from nexus_studio.core.errors import SeedRefused
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.paths import Paths
from nexus_studio.services.seeding import DEFAULT_SEED, SeedService
from nexus_studio.services.seeding.places import nearest_top, place_of

Run = Callable[[argparse.Namespace, TaskContext], Result]

_EVERYTHING_THERE: Final = "Everything was there already."
_SEQUENCES: Final = "Sequences that moved on, since PostgreSQL takes no number back: {names}"


def seed(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Run a seed, try one, or list them."""
    with opened(arguments, ctx) as session:
        service = SeedService(session, partial(place_of, _located(arguments, session.profile), Paths.default()))
        listing = service.listing()
        if arguments.list:
            return _list(listing)
        name = arguments.name or _only(listing)
        found = listing.named(name)
        is_heard = found is not None and found.path is not None and not arguments.json  # the demo's steps say nothing
        log = _shown if is_heard else _ignored
        if arguments.dry_run:
            return _tried(service.preview(name, arguments.scale, ctx, log))
        report, _ = service.perform(name, arguments.scale, ctx, log)
    return _done(report)


def _located(arguments: argparse.Namespace, profile: ConnectionProfile) -> ConnectionProfile:
    """Return the profile with the project that counts: --project, its own, else the nearest one from here."""
    # what is said on the command line is relative to where it is said
    given = arguments.project.expanduser().absolute() if arguments.project else None
    python = arguments.python.expanduser().absolute() if arguments.python else profile.python
    return replace(profile, project=given or profile.project or nearest_top(Path.cwd()), python=python)


def _only(listing: SeedListing) -> str:
    """Return the seed that is meant when none is named: the demo, else the only one."""
    names = tuple(each.name for each in listing.seeds)
    if DEFAULT_SEED in names:
        return DEFAULT_SEED
    if not names:
        raise SeedRefused("seed.none", folder=str(listing.folder or ""))
    if len(names) > 1:
        raise SeedRefused("seed.which", seeds=names)
    return names[0]


def _list(listing: SeedListing) -> Result:
    data = {
        "folder": listing.folder,
        "seeds": [_spec(each) for each in listing.seeds],
        "problems": [
            {"fault": each.fault, "file": each.path, "line": each.line or None, "subject": each.subject}
            for each in listing.problems
        ],
    }
    lines = [
        (
            each.name,
            each.kind.value,
            ", ".join(sorted(place.value for place in each.environments)),
            "yes" if each.idempotent else "no",
            "yes" if each.takes_connection else "no",
            each.description,
        )
        for each in listing.seeds
    ]
    text = (
        table(("seed", "kind", "runs in", "twice is once", "dry run", "what"), lines)
        if lines
        else "No seed is on offer."
    )
    problems = [_problem(each) for each in listing.problems]
    return Result(data, "\n".join([text, *([""] if problems else []), *problems]))


def _spec(each: SeedSpec) -> dict[str, Any]:
    return {
        "name": each.name,
        "kind": each.kind,
        "description": each.description,
        "environments": sorted(place.value for place in each.environments),
        "idempotent": each.idempotent,
        "takes_scale": each.takes_scale,
        "takes_connection": each.takes_connection,
        "file": each.path,
        "line": each.line or None,
    }


def _problem(each: SeedProblem) -> str:
    place = f"{each.path}:{each.line}" if each.line else str(each.path)
    return f"not on offer: {place}: {FAULTS[each.fault].format(subject=each.subject)}"


def _done(report: SeedReport) -> Result:
    return Result(_data(report), _tables(report) or _EVERYTHING_THERE)


def _tried(report: SeedReport) -> Result:
    text = _tables(report) or "It would change nothing."
    if report.sequences:
        text += "\n\n" + _SEQUENCES.format(names=", ".join(map(str, report.sequences)))
    return Result(_data(report), text + "\n\nThis was a dry run: all of it was taken back.")


def _data(report: SeedReport) -> dict[str, Any]:
    return {
        "seed": report.seed,
        "scale": report.scale,
        "dry_run": report.is_dry_run,
        "rows_added": dict(report.added),
        "total": report.total,
        "tables": [
            {"relation": each.relation, "added": each.inserted, "changed": each.updated, "deleted": each.deleted}
            for each in report.tables
        ],
        "sequences_moved": report.sequences,
        "duration_ms": round(report.duration_ms),
    }


def _tables(report: SeedReport) -> str:
    """Lay out the rows by table; rows changed or deleted only where there are any."""
    if report.is_empty:
        return ""
    if all(each.inserted and not each.updated and not each.deleted for each in report.tables):
        return facts([*((str(each.relation), each.inserted) for each in report.tables), ("total", report.total)])
    lines = [(each.relation, each.inserted, each.updated, each.deleted) for each in report.tables]
    return table(("table", "added", "changed", "deleted"), lines, right=(1, 2, 3))


def _shown(line: str) -> None:
    """Write a line, in place of the progress that may stand there."""
    sys.stderr.write(("\r\x1b[K" if sys.stderr.isatty() else "") + line + "\n")


def _ignored(_line: str) -> None:
    """Take a line that nobody is to read."""


RUNS: Final[Mapping[str, Run]] = {"seed": seed}
"""The command by its name."""

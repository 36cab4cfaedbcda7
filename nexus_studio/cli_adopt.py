"""`migrate adopt`: a database goes over from Prisma to Alembic; what will be done is said first."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any, Final

from nexus_studio.cli_output import Result
from nexus_studio.cli_sure import require_rail
from nexus_studio.core.admin.adoption import STEPS, Adopted, AdoptionPlan
from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.service import MigrationService

_STEPS: Final[Mapping[str, str]] = {
    "models": "read {tables} tables and {views} views of the schema {schema} and write models of them: models.py",
    "baseline": "write a first migration that makes all of it: alembic/versions/…_baseline.py",
    "prove": "run it on a throwaway database, and compare what that has with what is here",
    "compare": "have Alembic compare the models with that: it must find nothing",
    "write": "write the files into {folder}",
    "stamp": "record the baseline as applied: alembic_version, and Studio's ledger ({ledger})",
}
_NOTES: Final[Mapping[str, str]] = {
    "edited": "{name} was edited since it was applied: what counts is what is in the database",
    "missing": "{name} is applied, and its folder is gone: what counts is what is in the database",
    "client_key": "{name}: its values were made by Prisma's client (cuid(), uuid()), the database has no default",
    "client_time": "{name}: it was kept by Prisma's client (@updatedAt), the database does not",
    "left_out": "{name}: the models can't say it as it is; env.py leaves it out, change it by SQL",
    "grants": "privileges are not in the baseline: grant them where you build a new database",
}
_SAID_BEFORE: Final = frozenset({"edited", "missing"})


def adopted(arguments: argparse.Namespace, service: MigrationService, ctx: TaskContext) -> Result:
    """Say what going over would do, and do it.

    Raises:
        MigrationBlocked: "migration.adopt_not_prisma" (fact place), and as `adopting.adopt`.
    """
    prisma = service.prisma
    if prisma is None:
        raise MigrationBlocked("migration.adopt_not_prisma", place=service.project.place)
    ledger = LedgerPlace(arguments.ledger)
    planned = prisma.adoption(arguments.into, ctx, ledger=ledger)
    if arguments.dry_run:
        return Result({**_planned_data(planned), "done": False}, "\n".join(_planned(planned)))
    for line in _planned(planned):
        sys.stderr.write(f"{line}\n")
    require_rail(arguments, service.session, "migrate.stamp", loses=False)
    found, _ = prisma.adopt(arguments.into, ctx, ledger=ledger, python=arguments.python)
    return Result({**_adopted_data(found), "done": True}, _text(found))


def _planned(planned: AdoptionPlan) -> list[str]:
    facts = {
        "tables": planned.tables,
        "views": planned.views,
        "schema": planned.schema,
        "folder": planned.folder,
        "ledger": "in the database" if planned.ledger is LedgerPlace.DATABASE else "on this machine",
    }
    lines = [f"{number}. {_STEPS[step].format(**facts)}" for number, step in enumerate(STEPS, start=1)]
    lines.append("Prisma's own table and files stay as they are.")
    return [*lines, *(f"note: {_NOTES[kind].format(name=name)}" for kind, name in planned.notes)]


def _text(found: Adopted) -> str:
    lines = [f"Wrote {found.folder}/{name}" for name in found.files]
    where = "on this server" if found.where == "server" else "on the embedded server"
    lines.append(
        f"Baseline {found.revision}: {found.statements} statements build the same as is here (tried {where}); "
        "it is recorded as applied, and Alembic finds nothing to do."
    )
    lines += [f"note: {_NOTES[kind].format(name=name)}" for kind, name in found.notes if kind not in _SAID_BEFORE]
    lines.append(f"next: nexus-studio migrate status --project {found.folder}")
    return "\n".join(lines)


def _planned_data(planned: AdoptionPlan) -> dict[str, Any]:
    return {
        "folder": planned.folder,
        "schema": planned.schema,
        "files": planned.files,
        "steps": STEPS,
        "tables": planned.tables,
        "views": planned.views,
        "migrations": planned.migrations,
        "notes": [{"kind": kind, "name": name} for kind, name in planned.notes],
    }


def _adopted_data(found: Adopted) -> dict[str, Any]:
    return {
        "folder": found.folder,
        "files": found.files,
        "revision": found.revision,
        "statements": found.statements,
        "tables": found.tables,
        "views": found.views,
        "proven_on": found.where,
        "notes": [{"kind": kind, "name": name} for kind, name in found.notes],
    }

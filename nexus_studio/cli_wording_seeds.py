"""English sentences of the command line on seeds: errors by code, reasons, progress steps, faults of their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.admin.seeds import SeedFault

_LIST: Final = "See `nexus-studio seed --list`."

SEED_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "seed": ("The seed {seed} can't run.", _LIST),
    "seed.unknown": ("There is no seed named {seed}.", _LIST),
    "seed.which": ("More than one seed is on offer, and none is named.", "Name one of: {seeds}."),
    "seed.none": ("No seed is on offer.", "Put one into {folder}; docs/seeds.md tells how."),
    "seed.scale": ("The scale must be 1 or more.", "Leave --scale out for the plain demo."),
    "seed.no_scale": ("The seed {seed} knows no scale.", "Leave --scale out."),
    "seed.environment": (
        "The seed {seed} may not run in a {environment} database.",
        "If it is no {environment} database, say so with --environment.",
    ),
    "seed.failed": ("The seed {seed} failed. {file} {line} {where} {words}", "All of it was taken back."),
    "seed.transaction": (
        "The seed {seed} begins or ends a transaction ({file}, line {line}).",
        "It runs in one of Nexus Studio's: take BEGIN, COMMIT and ROLLBACK out.",
    ),
    "seed.no_dry_run": (
        "The seed {seed} can't be tried: it takes no connection ({file}, line {line}).",
        "What it writes by itself could not be taken back: have its function take a connection.",
    ),
    "seed.meta_command": ("Line {line} of {file} is meant for psql.", "Take lines that begin with a backslash out."),
    "seed.behind_copy": (
        "Line {line} of {file} goes on behind the semicolon of its COPY.",
        "The rows begin on the next line: put what stands there below them.",
    ),
    "seed.unreadable": ("{file} can't be read.", "It must be there, and be text in UTF-8."),
    "seed.csv_table": ("No table is called as {file} is.", "Name the file after its table, such as users.csv."),
    "seed.csv_header": ("{file} does not begin with names of columns.", "Its first line must name each column once."),
    "seed.csv_column": ("The table of {file} has no column {column}.", "See `nexus-studio rows --json`."),
    "seed.csv_keyless": (
        "The columns of {file} hold no key of {relation}: each run would add the rows again.",
        "Add the key's columns, or write idempotent = false into seed.toml.",
    ),
    "seed.child": ("The project's Python could not run the seed {seed}: {reason}. {words}", "Its Python: {python}."),
    "seed.project_missing": ("The project's folder {folder} is gone.", "Give --project, or mend the saved connection."),
    "seed.config": ("[tool.nexus-studio] of {file} can't be understood. {words}", 'Write seeds = "a folder".'),
}

SEED_REASONS: Final[Mapping[str, str]] = {
    "sqlalchemy_missing": "it has no SQLAlchemy",
    "worker_died": "it ended in the middle",
}

STEPS: Final[Mapping[str, str]] = {
    "seed.rows": "Seeding",
    "seed.statements": "Running statements",
    "seed.files": "Copying files",
}

FAULTS: Final[Mapping[SeedFault, str]] = {
    SeedFault.UNREADABLE: "it can't be read as UTF-8",
    SeedFault.SYNTAX: "it is malformed",
    SeedFault.NOT_LITERAL: "{subject} is computed, where its value should stand",
    SeedFault.ARGUMENT: "the decorator knows no {subject}",
    SeedFault.ASYNC: "{subject} is async; a seed is a plain function",
    SeedFault.NAME: "{subject} is no name for a seed",
    SeedFault.ENVIRONMENT: "there is no environment {subject}",
    SeedFault.IDEMPOTENT: "{subject} says neither yes nor no to idempotent",
    SeedFault.TAKEN: "another seed is called {subject}",
    SeedFault.EMPTY: "there is no .csv file beside it",
}

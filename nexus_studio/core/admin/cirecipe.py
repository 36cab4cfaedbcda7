"""A job for GitHub Actions that tries a project's migrations on an empty database, as text; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_DATABASE: Final = "nexus_test"


@dataclass(frozen=True, slots=True)
class RecipeFacts:
    """What the job depends on.

    `install` is what pip installs to have the program, `requirements` the arguments of the pip that installs the
    project's own ("" where none are known), `folder` where alembic.ini stands, as seen from the repository's top.
    """

    install: str
    requirements: str = ""
    folder: str = "."
    python: str = "3.12"
    image: str = "postgres:15-alpine"
    branch: str = "main"


def github_recipe(facts: RecipeFacts) -> str:
    """Return the workflow's YAML: server, deploy, status, doctor. The report goes to the run's summary page."""
    place = _quoted(facts.folder)
    where = "" if facts.folder in {"", "."} else f"\n    defaults:\n      run:\n        working-directory: {place}"
    own = ""
    if facts.requirements:
        own = f"      - name: Install the project\n        run: {_quoted('pip install ' + facts.requirements)}\n"
    return f"""\
# Save as .github/workflows/database.yml
# Every migration is applied to an empty PostgreSQL, then the database is looked at.
name: database

on:
  push:
    branches: [{_quoted(facts.branch)}]
  pull_request:

permissions:
  contents: read

jobs:
  database:
    name: Migrations and readiness
    runs-on: ubuntu-latest
    timeout-minutes: 10{where}
    services:
      postgres:
        image: {_quoted(facts.image)}
        env:
          POSTGRES_USER: postgres
          POSTGRES_PASSWORD: postgres
          POSTGRES_DB: {_DATABASE}
        ports:
          - "5432:5432"
        options: >-
          --health-cmd "pg_isready -U postgres -d {_DATABASE}"
          --health-interval 10s
          --health-timeout 5s
          --health-retries 5
    env:
      DATABASE_URL: postgresql://postgres:postgres@localhost:5432/{_DATABASE}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: {_quoted(facts.python)}
{own}      - name: Install Nexus Studio
        run: {_quoted("pip install " + facts.install)}
      - name: Apply every migration
        run: nexus-studio migrate deploy --environment ci --ledger database
      - name: See that nothing is left
        run: nexus-studio migrate status --environment ci
      - name: Look at the database
        shell: bash
        run: |
          code=0
          nexus-studio doctor --environment ci --markdown > readiness.md || code=$?
          cat readiness.md >> "$GITHUB_STEP_SUMMARY"
          cat readiness.md
          # 1 is "with warnings": they are in the summary, and stop nothing
          if [ "$code" -gt 1 ]; then exit "$code"; fi
"""


def _quoted(text: str) -> str:
    """Write a text so that YAML takes it for one: 3.10 is a number otherwise."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

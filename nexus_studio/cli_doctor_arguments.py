"""The words of `doctor` and `ci`. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from pathlib import Path


def doctor(parser: argparse.ArgumentParser) -> None:
    """Add what `doctor` takes."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="answer in Markdown, for a release ticket")
    form.add_argument("--html", action="store_true", help="answer in HTML, one page that needs nothing else")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="only this check; may be repeated")
    parser.add_argument("--list", action="store_true", help="list the checks with their ids; connects to nothing")
    parser.add_argument("--health-url", metavar="URL", help="where the application says that it is well")
    group = parser.add_argument_group("which project")
    group.add_argument(
        "--project",
        type=Path,
        metavar="FOLDER",
        help="folder with the migrations, .env and .git (default: the connection's, else the nearest from here)",
    )
    group.add_argument("--python", type=Path, metavar="PATH", help="the project's interpreter (default: its .venv)")
    group.add_argument("--section", default="alembic", metavar="NAME", help="section of the .ini (default: alembic)")


def recipe(parser: argparse.ArgumentParser) -> None:
    """Add what `ci` takes."""
    parser.add_argument("--python", default="3.12", metavar="VERSION", help="Python of the job (default: 3.12)")
    parser.add_argument(
        "--postgres", default="15-alpine", metavar="TAG", help="PostgreSQL's image (default: 15-alpine)"
    )
    parser.add_argument("--branch", default="main", metavar="NAME", help="the branch that is pushed to (default: main)")
    parser.add_argument(
        "--install", metavar="REQUIREMENT", help="what pip installs for this program (default: this very version)"
    )

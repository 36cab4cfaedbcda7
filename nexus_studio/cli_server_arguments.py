"""The words of `server` and `env`: their actions and their arguments. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Arguments = Callable[[argparse.ArgumentParser], None]


def _project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--project", type=Path, metavar="FOLDER", help="the project's folder (default: the nearest from here upward)"
    )


def _which(parser: argparse.ArgumentParser) -> None:
    _project(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--compose", action="store_true", help="the service of the project's compose file")
    which.add_argument("--embedded", action="store_true", help="the embedded server, whatever the project has")
    parser.add_argument("--data-dir", type=Path, metavar="FOLDER", help="where the embedded server keeps its data")


def _start(parser: argparse.ArgumentParser) -> None:
    _which(parser)
    parser.add_argument("--no-wait", action="store_true", help="do not wait until the service is well")
    parser.add_argument(
        "--free-port", action="store_true", help="where the port is taken, write the next free one to .env and use it"
    )


def _stop(parser: argparse.ArgumentParser) -> None:
    _which(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask whether you are sure")
    parser.add_argument("--force", action="store_true", help="also an embedded server that other programs use")


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strong", action="store_true", help="with random passwords in place of the example's")
    _project(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these variables")
    parser.add_argument("--secrets", action="store_true", help="show secrets too")
    _project(parser)


def _set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "assignments",
        nargs="*",
        metavar="NAME[=VALUE]",
        help="what to set; without =VALUE it is asked for without echo, or read from standard input",
    )
    parser.add_argument("--unset", action="append", default=[], metavar="NAME", help="take the variable out")
    _project(parser)


SERVER_ACTIONS: tuple[tuple[str, str, Arguments], ...] = (
    ("status", "say whether it runs, is well, and where it listens: exit code 0 it runs, 1 it does not", _which),
    ("start", "start it and wait until it answers", _start),
    ("stop", "stop it; its data stay", _stop),
)
ENV_ACTIONS: tuple[tuple[str, str, Arguments], ...] = (
    ("check", "say what is missing, malformed, unknown or unsafe in it", _project),
    ("create", "make it of .env.example, readable by you only", _create),
    ("set", "change variables; comments, order and quotes stay", _set),
    ("show", "show the variables, secrets as dots", _show),
)
"""Name, a line for --help, arguments."""

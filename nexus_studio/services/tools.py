"""PostgreSQL's own programs (pg_dump, psql) as children that can be stopped: which binary fits, and running it.

Passwords reach a child through its environment only. What stands in its arguments, every user of the machine can read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from psycopg.conninfo import make_conninfo

from nexus_studio.core.errors import ToolMissing
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.connecting import APPLICATION_NAME, libpq_parameters
from nexus_studio.services.postmaster import bundled_programs

_END_S = 5.0
"""How long a program may take to end by itself when it was asked to, before it is killed."""

# What libpq reads and nobody else may; only the password has a variable of its own.
_SECRETS = frozenset({"password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"})

_VERSION = re.compile(r"\s(\d+)(?:\.\d+|devel|beta\d+|rc\d+)")

# Where packages put the programs of each major version: Debian, RPM, Homebrew, the installer for Windows.
_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: its exit status (0 is success), all it wrote, and what it said on standard error."""

    status: int
    output: bytes
    words: str


def find_tool(name: str, server_version: int) -> Path:
    """Return the program that fits a server: of its own major version, else of the next newer one.

    Args:
        name: "pg_dump", "psql", ...
        server_version: server_version_num, such as 150004.

    Raises:
        ToolMissing: facts tool, and version (the server's major version, which none is new enough for).
    """
    major = server_version // 10_000
    found = programs_of(name)
    fitting = [version for version in found if version >= major]
    if not fitting:
        raise ToolMissing(tool=name, version=major)
    return found[min(fitting)]


def programs_of(name: str) -> dict[int, Path]:
    """Return the programs of a name on this machine by major version: the bundled one where there are several."""
    found: dict[int, Path] = {}
    for version, program in _programs(name):
        found.setdefault(version, program)
    return found


def run_tool(
    program: Path,
    arguments: Sequence[str],
    ctx: TaskContext,
    *,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | BinaryIO = b"",
    folder: Path | None = None,
) -> Ran:
    """Run a program to its end and return what it wrote; how it ended is for the caller to judge.

    Args:
        program: From `find_tool`.
        arguments: Without secrets.
        ctx: Whose token ends the program.
        environment: What its environment has beside this process's: see `secret_environment`.
        stdin: What it may read; a file is the program's own from its start, whatever becomes of the name.
        folder: Where it runs; this process's own working folder when None.

    Raises:
        ToolMissing: it can't be run (any more).
        Cancelled: the token was cancelled; the program has ended.
    """
    try:
        process = subprocess.Popen(
            (str(program), *arguments),
            stdin=subprocess.PIPE if isinstance(stdin, bytes) else stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "LC_MESSAGES": "C", **(environment or {})}, cwd=folder,
        )  # fmt: skip
    except OSError as error:
        raise ToolMissing(tool=program.name) from error
    with process:  # its pipes are closed, also where it is ended before anybody has listened
        try:
            with ctx.token.calling(lambda: end_child(process)):
                output, words = process.communicate(stdin if isinstance(stdin, bytes) else None)
        finally:
            end_child(process)  # does nothing to one that has ended
    ctx.token.raise_if_cancelled()
    return Ran(process.returncode, output, words.decode("utf-8", "replace").strip())


def conninfo_of(profile: ConnectionProfile, *, purpose: str = "") -> str:
    """Return the connection string for a program's `--dbname`. Nothing secret is in it.

    All but the secrets stands there and not in the environment, where a service file would overrule it.
    """
    parameters = libpq_parameters(profile, None)
    if purpose:
        parameters["application_name"] = f"{APPLICATION_NAME} {purpose}"
    return make_conninfo("", **{name: value for name, value in parameters.items() if name not in _SECRETS})


def secret_environment(profile: ConnectionProfile, secret: str | None) -> dict[str, str]:
    """Return what must be in a program's environment beside `conninfo_of`: the password, where there is one."""
    password = libpq_parameters(profile, secret).get("password")
    return {} if password is None else {"PGPASSWORD": str(password)}


def _programs(name: str) -> Iterator[tuple[int, Path]]:
    """Walk through the programs of a name on this machine with their major versions: the bundled ones first."""
    for version, folder in bundled_programs().items():
        if program := shutil.which(name, path=str(folder)):
            yield version, Path(program)
    if (program := shutil.which(name)) and (on_path := _major_of(program)):
        yield on_path, Path(program)
    for pattern in _FOLDERS:
        root = Path(pattern).anchor
        for folder in sorted(Path(root).glob(pattern.removeprefix(root))) if root else ():
            version_there = re.search(r"(\d+)$", folder.parent.name)
            if version_there and (program := shutil.which(name, path=str(folder))):
                yield int(version_there.group(1)), Path(program)


@cache
def _major_of(program: str) -> int | None:
    """Ask a program for its major version; None where it does not say."""
    with suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run((program, "--version"), capture_output=True, text=True, timeout=_END_S, check=False)
        if found := _VERSION.search(said.stdout):
            return int(found.group(1))
    return None


def end_child(process: subprocess.Popen[bytes]) -> None:
    """End a child that still runs: politely, so that it cancels what the server does for it, then for certain."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

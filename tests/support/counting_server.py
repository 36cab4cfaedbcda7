"""A PostgreSQL that counts queries: the embedded one has no pg_stat_statements, a system's own may have it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from nexus_studio.services.postmaster import SYSTEM_USER

GIVEN: Final = "NEXUS_TEST_COUNTING_BIN"
"""The environment variable that names the folder with another PostgreSQL's programs."""

_PLACES: Final = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")


def programs() -> Path:
    """Return the folder with a PostgreSQL's programs that has the extension; skip the test where there is none."""
    given = os.environ.get(GIVEN)
    found = [Path(given)] if given else [bin_ for place in _PLACES for bin_ in sorted(Path(place).glob("*/bin"))[::-1]]
    for folder in found:
        if not ((folder / "initdb").exists() and (folder / "pg_ctl").exists()):
            continue
        share = folder.parent / "share" / "postgresql"
        if (folder / "pg_config").exists():
            said = subprocess.run([folder / "pg_config", "--sharedir"], check=True, capture_output=True, text=True)
            share = Path(said.stdout.strip())
        if (share / "extension" / "pg_stat_statements.control").exists():
            return folder
    pytest.skip("no PostgreSQL with pg_stat_statements (Debian: apt install postgresql)")


@contextmanager
def counting_server(room: Path, *settings: str) -> Iterator[str]:
    """Run one below a folder, reached by its socket only, and give the URL of its maintenance database."""
    bin_ = programs()
    home = room / "counting"
    home.mkdir()
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = next(each for each in ("postgres", SYSTEM_USER) if _is_there(each))
        shutil.chown(home, user)
        who = {"user": user, "extra_groups": []}
    data = home / "data"

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=home, **who)

    run(bin_ / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N")
    with (data / "postgresql.conf").open("a") as file:
        file.write("\n".join(("", "listen_addresses = ''", f"unix_socket_directories = '{home}'", "fsync = off",
                              *settings, "")))  # fmt: skip
    run(bin_ / "pg_ctl", "-D", data, "-l", home / "log", "-w", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={home}"
    finally:
        run(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _is_there(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True

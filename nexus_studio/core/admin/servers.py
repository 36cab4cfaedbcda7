"""A project's own database server, in docker compose or embedded: its state, and what docker says in words or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from nexus_studio.core.admin.envfiles import expand

POSTGRES_PORT: Final = 5432
_LONGEST_WORDS: Final = 600


class ServerKind(Enum):
    """Where the server comes from."""

    COMPOSE = "compose"
    EMBEDDED = "embedded"


class ServerState(Enum):
    """How the server is."""

    RUNNING = "running"  # and well, where it says so
    STARTING = "starting"
    UNHEALTHY = "unhealthy"  # it runs, and its health check fails
    RESTARTING = "restarting"  # it ends and is started again
    PAUSED = "paused"
    STOPPED = "stopped"
    MISSING = "missing"  # never made yet: starting makes it


UP: Final = frozenset({ServerState.RUNNING, ServerState.STARTING, ServerState.UNHEALTHY, ServerState.RESTARTING})


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the server now.

    `name` is the compose service or the embedded server's database; `folder` the project's, or the server's data.
    `place` is where it listens: host and port, or the folder of a socket; "" while that is not known. `port` is the
    published one, 0 for none; `variable` the variable of `.env` that sets it, "" where it is fixed. `detail` are
    docker's own words. `users` counts programs of this machine that use an embedded server, `is_kept` says that it
    runs on without them, `url` leads to it. `is_docker_missing`: there is a compose service and no docker to start it;
    `is_plugin_missing`: there is docker, without compose.
    """

    kind: ServerKind
    state: ServerState
    name: str
    folder: Path
    place: str = ""
    port: int = 0
    variable: str = ""
    detail: str = ""
    has_health: bool = False
    exit_code: int | None = None
    users: int = 0
    is_kept: bool = False
    url: str = ""
    is_docker_missing: bool = False
    is_plugin_missing: bool = False

    @property
    def is_up(self) -> bool:
        """Whether there is something to stop."""
        return self.state in UP


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """How a compose file publishes PostgreSQL's port: as written, such as `127.0.0.1:${POSTGRES_PORT:-5434}`."""

    written: str

    @property
    def variable(self) -> str:
        """The variable that sets it; "" where the number is fixed."""
        found = _VARIABLE.search(self._port)
        return (found["braced"] or found["plain"]) if found else ""

    def number(self, values: Mapping[str, str]) -> int:
        """Return the port with variables filled in; 0 where that is none."""
        text = expand(self._port, values).strip()
        return int(text) if text.isascii() and text.isdigit() else 0

    @property
    def _port(self) -> str:
        found = _PORT_PART.search(self.written)
        return found.group() if found else ""


_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)[^}]*\}|(?P<plain>\w+))")
_PORT_PART = re.compile(r"(?:\$\{[^}]*\}|\$\w+|\d+)$")
_SHORT_PORT = re.compile(r"(?P<published>.+):5432(?:/tcp)?$")


def published_port(entry: str) -> PublishedPort | None:
    """Read one entry of `ports:` in its short form; None when it is another port's, or publishes at random."""
    found = _SHORT_PORT.match(entry.strip().strip("\"'"))
    return PublishedPort(found["published"]) if found else None


_STATES: Final[Mapping[str, ServerState]] = {
    "running": ServerState.RUNNING,
    "restarting": ServerState.RESTARTING,
    "paused": ServerState.PAUSED,
    "created": ServerState.STOPPED,
    "exited": ServerState.STOPPED,
    "dead": ServerState.STOPPED,
    "removing": ServerState.STOPPED,
}
_HEALTH: Final[Mapping[str, ServerState]] = {"starting": ServerState.STARTING, "unhealthy": ServerState.UNHEALTHY}


@dataclass(frozen=True, slots=True)
class Container:
    """What `docker compose ps` says of a service's container."""

    service: str
    state: ServerState
    has_health: bool
    port: int
    exit_code: int | None
    detail: str


def containers(said: str) -> tuple[Container, ...]:
    """Read what `docker compose ps --format json` wrote: a line for each, or (before 2.21) one list of all."""
    return tuple(_container(each) for each in _objects(said))


def names_of(said: str) -> tuple[str, ...]:
    """Read the containers' names of `docker ps --format json`."""
    return tuple(str(each["Names"]) for each in _objects(said) if each.get("Names"))


def _objects(said: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    text = said.strip()
    for piece in [text] if text.startswith("[") else text.splitlines():
        try:
            read = json.loads(piece)
        except ValueError:
            continue  # a warning of docker's between the lines
        found += [each for each in (read if isinstance(read, list) else [read]) if isinstance(each, dict)]
    return found


def _container(said: Mapping[str, Any]) -> Container:
    state = _STATES.get(str(said.get("State", "")).lower(), ServerState.STOPPED)
    health = str(said.get("Health") or "").lower()
    if state is ServerState.RUNNING:
        state = _HEALTH.get(health, state)
    ports = [each for each in said.get("Publishers") or () if isinstance(each, dict)]
    published = [int(p.get("PublishedPort") or 0) for p in ports if p.get("TargetPort") == POSTGRES_PORT]
    code = said.get("ExitCode")
    return Container(
        str(said.get("Service", "")),
        state,
        bool(health),
        next((port for port in published if port), 0),
        code if isinstance(code, int) and state is ServerState.STOPPED else None,
        str(said.get("Status") or ""),
    )


_PORT_TAKEN = re.compile(
    r"port is already allocated|address already in use|ports are not available|failed to bind host port"
    r"|Only one usage of each socket address",
    re.IGNORECASE,
)
NO_PLUGIN: Final = "compose.plugin_missing"
_DOWN: Final = "compose.daemon_down"
_BOUND = re.compile(
    r"(?:Bind for|bind host port(?: for)?|listen tcp\d?|exposing port TCP)\s+(?:\[[^\]]*\]|[^\s:\[]*):(?P<port>\d+)",
    re.IGNORECASE,
)
_TROUBLES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"permission denied.*(?:docker daemon|docker API|docker\.sock)", "compose.daemon_denied"),
        (r"cannot connect to the docker|failed to connect to the docker|is the docker daemon running", _DOWN),
        (r"docker desktop is not running|pipe/docker_engine", _DOWN),
        # without the plugin docker takes compose's options for its own, and shows its own usage
        (r"'compose' is not a docker command|unknown command.*compose|Usage:\s+docker \[OPTIONS\]", NO_PLUGIN),
        (r"failed to read .*\.env|\.env.*line \d+|unexpected character .* in variable name", "compose.env_broken"),
    )
)
_LINE = re.compile(r"line (?P<line>\d+)")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What docker's words mean: a code of `ComposeFailed`; the port or line they name, 0 for none."""

    code: str
    port: int = 0
    line: int = 0


def trouble(words: str) -> Trouble:
    """Understand why docker compose failed."""
    if _PORT_TAKEN.search(words):
        found = _BOUND.search(words)
        return Trouble("compose.port_taken", port=int(found["port"]) if found else 0)
    for pattern, code in _TROUBLES:
        if pattern.search(words):
            line = _LINE.search(words) if code == "compose.env_broken" else None
            return Trouble(code, line=int(line["line"]) if line else 0)
    return Trouble("compose.failed")


def tidy_words(words: str, secrets: frozenset[str], mask: str) -> str:
    """Return the end of a program's words, on one line each, without the secrets it may have quoted."""
    for secret in sorted(secrets, key=len, reverse=True):
        words = words.replace(secret, mask)
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    text = "\n".join(lines)
    return text if len(text) <= _LONGEST_WORDS else "…" + text[-_LONGEST_WORDS:]

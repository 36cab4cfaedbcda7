"""A project's PostgreSQL in docker compose: looked at, started, stopped.

Docker runs in the project's folder, so that it finds the compose file, its overrides and `.env` as for a person there.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from nexus_studio.core.admin.envfiles import FILE_NAME
from nexus_studio.core.admin.envsecrets import MASK, secrets_of
from nexus_studio.core.admin.servers import (
    Container,
    ServerKind,
    ServerState,
    ServerStatus,
    containers,
    names_of,
    tidy_words,
    trouble,
)
from nexus_studio.core.errors import ComposeFailed, Fact, ToolMissing
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.compose import ComposeFacts, compose_facts
from nexus_studio.services.dotenv_file import read_env_file
from nexus_studio.services.ports import listener_of, next_free_port
from nexus_studio.services.tools import Ran, run_tool
from nexus_studio.services.wire import Answer, knock

READY_S = 90.0
"""How long a started service may take until it answers: the first start prepares its data."""

POLL_S = 0.5
_RESTARTS = 6  # so many looks at a container that ends and is started again are enough
_LOG_LINES = "15"


class ComposeServer:
    """The database service of a project's compose file. Every method runs docker: never in the window's own thread."""

    def __init__(self, folder: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._folder = folder
        self._environ = environ
        self._facts = compose_facts(folder)

    @property
    def facts(self) -> ComposeFacts:
        """What the compose file says."""
        return self._facts

    @property
    def port(self) -> int:
        """The port that the file publishes with `.env` as it is now; 0 for none."""
        values = {**read_env_file(self._folder / FILE_NAME, self._environ), **self._environ}
        return self._facts.port.number(values) if self._facts.port is not None else 0

    def status(self, ctx: TaskContext) -> ServerStatus:
        """Ask docker how the service is.

        Raises:
            ToolMissing: there is no docker.
            ComposeFailed: docker does not answer; see its codes.
        """
        ran = self._asked(ctx, "ps", "--all", "--format", "json", self._facts.service)
        found = containers(ran.output.decode("utf-8", "replace"))
        mine = [each for each in found if each.service in {"", self._facts.service}]
        return self._status(mine[0] if mine else None)

    def start(self, ctx: TaskContext, *, wait_s: float = READY_S) -> ServerStatus:
        """Start the service and wait until it is well, or, without a health check, until PostgreSQL answers.

        Progress steps: "server.starting", "server.waiting". Cancelling stops waiting; the service goes on.

        Args:
            ctx: Whose token ends waiting.
            wait_s: How long to wait, in seconds; 0: not at all.

        Raises:
            ToolMissing: there is no docker.
            ComposeFailed: "compose.port_taken", "compose.not_ready" and the others.
        """
        ctx.report(Progress("server.starting"))
        ran = self._docker(ctx, "compose", "up", "--detach", self._facts.service)
        if ran.status != 0:
            raise self._failure(ran.words, ctx)
        status = self.status(ctx)
        deadline, restarts = time.monotonic() + wait_s, 0
        while wait_s and not self._is_ready(status):
            ctx.report(Progress("server.waiting"))
            restarts += status.state is ServerState.RESTARTING
            has_ended = status.state in {ServerState.STOPPED, ServerState.MISSING} or restarts >= _RESTARTS
            if has_ended or time.monotonic() > deadline:
                raise self._not_ready(status, ctx)
            _pause(ctx)
            status = self.status(ctx)
        return status

    def stop(self, ctx: TaskContext) -> ServerStatus:
        """Stop the service; its container and its data stay.

        Raises:
            ToolMissing: there is no docker.
            ComposeFailed: docker did not do it.
        """
        ctx.report(Progress("server.stopping"))
        self._asked(ctx, "stop", self._facts.service)
        return self.status(ctx)

    def _status(self, found: Container | None) -> ServerStatus:
        port = (found.port if found is not None else 0) or self.port
        return ServerStatus(
            ServerKind.COMPOSE,
            found.state if found is not None else ServerState.MISSING,
            self._facts.service,
            self._folder,
            place=f"localhost:{port}" if port else "",
            port=port,
            variable=self._facts.port.variable if self._facts.port is not None else "",
            detail=found.detail if found is not None else "",
            has_health=found is not None and found.has_health,
            exit_code=found.exit_code if found is not None else None,
        )

    def _is_ready(self, status: ServerStatus) -> bool:
        if status.state is not ServerState.RUNNING or status.has_health or not status.port:
            return status.state is ServerState.RUNNING
        return knock("127.0.0.1", status.port) in {Answer.POSTGRESQL, Answer.POSTGRESQL_TLS}

    def _docker(self, ctx: TaskContext, *words: str) -> Ran:
        program = shutil.which("docker")
        if program is None:
            raise ToolMissing(tool="docker")
        if not self._facts.service:
            raise ComposeFailed("compose.no_service", folder=str(self._folder))
        return run_tool(Path(program), words, ctx, folder=self._folder)

    def _asked(self, ctx: TaskContext, *words: str) -> Ran:
        ran = self._docker(ctx, "compose", *words)
        if ran.status != 0:
            raise self._failure(ran.words, ctx)
        return ran

    def _failure(self, words: str, ctx: TaskContext) -> ComposeFailed:
        found = trouble(words)
        error = ComposeFailed(found.code, service=self._facts.service, folder=str(self._folder))
        if found.code == "compose.env_broken":  # docker quotes the line, and a password may stand there
            error.facts |= {"line": found.line, "file": str(self._folder / FILE_NAME)}
            return error
        error.facts["words"] = self._tidy(words)
        if found.code == "compose.port_taken":
            error.facts |= self._port_facts(found.port or self.port, ctx)
        return error

    def _port_facts(self, port: int, ctx: TaskContext) -> dict[str, Fact]:
        """Name who holds a port: another container, else a process; and the next port that is free."""
        found: dict[str, Fact] = {}
        ran = self._docker(ctx, "ps", "--filter", f"publish={port}", "--format", "json")
        others = names_of(ran.output.decode("utf-8", "replace")) if ran.status == 0 else ()
        if others:
            found["owner"] = others[0]
        elif (listener := listener_of(port)) is not None:
            found["owner"] = f"{listener.name} ({listener.pid})"
        variable = self._facts.port.variable if self._facts.port is not None else ""
        return {**found, "port": port, "free_port": next_free_port(port + 1), "variable": variable}

    def _not_ready(self, status: ServerStatus, ctx: TaskContext) -> ComposeFailed:
        ran = self._docker(ctx, "compose", "logs", "--no-color", "--tail", _LOG_LINES, self._facts.service)
        words = self._tidy(ran.output.decode("utf-8", "replace") + ran.words)
        return ComposeFailed(
            "compose.not_ready",
            service=self._facts.service,
            folder=str(self._folder),
            state=status.state.value,
            words=words,
        )

    def _tidy(self, words: str) -> str:
        values = {**self._environ, **read_env_file(self._folder / FILE_NAME, self._environ)}
        return tidy_words(words, secrets_of(values), MASK)


def _pause(ctx: TaskContext) -> None:
    """Wait a moment, or until the work is cancelled."""
    woken = threading.Event()
    with ctx.token.calling(woken.set):
        woken.wait(POLL_S)
    ctx.token.raise_if_cancelled()

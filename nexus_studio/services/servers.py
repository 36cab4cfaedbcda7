"""A project's own database server and its `.env`, as one thing to work with.

The server is docker compose's where there are docker, its compose plugin and a service for it, else the embedded one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from nexus_studio.core.admin.envchecks import EnvReport
from nexus_studio.core.admin.envfiles import EXAMPLE_NAME, FILE_NAME
from nexus_studio.core.admin.servers import NO_PLUGIN, ServerKind, ServerState, ServerStatus
from nexus_studio.core.errors import ComposeFailed, EnvFailed
from nexus_studio.core.tasks import TaskContext
from nexus_studio.core.urls import url_of
from nexus_studio.services.compose import COMPOSE_FILES, ComposeFacts, compose_facts
from nexus_studio.services.composeserver import READY_S, ComposeServer
from nexus_studio.services.demo import DEMO_DATABASE, start_demo
from nexus_studio.services.dotenv_file import EnvFolder
from nexus_studio.services.embedded import embedded_use, stop_kept
from nexus_studio.services.project import project_folder

_LOCAL = r"(?:localhost|127(?:\.\d+){3}|\[::1\])"


class ServerHelpers:
    """What can be done with the server of a project folder, or, without one, with the embedded server.

    Methods take a `TaskContext` last and run programs or read files: never in the window's own thread.
    """

    def __init__(self, folder: Path | None, data_dir: Path, environ: Mapping[str, str] = os.environ) -> None:
        """`folder` is the project's, `data_dir` the embedded server's (the demo's)."""
        self.folder = folder.expanduser().absolute() if folder is not None else None
        self._data_dir = data_dir.expanduser().resolve()
        self._environ = environ

    @property
    def facts(self) -> ComposeFacts | None:
        """What the project's compose file says; None without a folder."""
        return compose_facts(self.folder) if self.folder is not None else None

    def kind(self) -> ServerKind:
        """Tell which server is meant where nobody says.

        Whether docker has its compose plugin is known only once it is asked: without, what is asked next is the
        embedded server.
        """
        facts = self.facts
        return ServerKind.COMPOSE if facts is not None and facts.service and facts.has_docker else ServerKind.EMBEDDED

    def status(self, ctx: TaskContext, kind: ServerKind | None = None) -> ServerStatus:
        """Say how the server is.

        Raises:
            ToolMissing, ComposeFailed: docker is asked for and does not answer.
        """
        return self._asked(kind, lambda: self._compose().status(ctx), self._embedded_status)

    def start(self, ctx: TaskContext, kind: ServerKind | None = None, *, wait_s: float = READY_S) -> ServerStatus:
        """Start the server and wait until it answers. The embedded one gets the demo's data and is kept running.

        Raises:
            ToolMissing, ComposeFailed, EmbeddedFailed: it does not start.
        """

        def start_embedded() -> ServerStatus:
            demo = start_demo(self._data_dir, ctx)
            try:
                demo.server.keep()
            finally:
                demo.stop()
            return self._embedded_status()

        return self._asked(kind, lambda: self._compose().start(ctx, wait_s=wait_s), start_embedded)

    def stop(self, ctx: TaskContext, kind: ServerKind | None = None, *, although_used: bool = False) -> ServerStatus:
        """Stop the server; its data stay.

        Args:
            ctx: Whose token ends waiting.
            kind: Which server.
            although_used: Stop an embedded server that other programs use, too.

        Raises:
            ToolMissing, ComposeFailed, EmbeddedFailed: it does not stop; "embedded.in_use".
        """

        def stop_embedded() -> ServerStatus:
            stop_kept(self._data_dir, ctx, although_used=although_used)
            return self._embedded_status()

        return self._asked(kind, lambda: self._compose().stop(ctx), stop_embedded)

    def take_port(self, port: int, ctx: TaskContext) -> EnvReport:
        """Have the compose service publish another port: written to the project's `.env`, and nowhere else.

        URLs in the file that lead to the old port of this machine follow.

        Raises:
            ComposeFailed: "compose.port_fixed": the compose file has the number itself; "compose.no_service".
            EnvFailed: "env.shadowed": the environment has that variable too and goes before the file.
        """
        ctx.token.raise_if_cancelled()
        facts, folder = self.facts, self.folder
        if facts is None or folder is None or facts.port is None:
            raise ComposeFailed("compose.no_service", folder=str(folder or ""))
        variable = facts.port.variable
        if not variable:
            raise ComposeFailed("compose.port_fixed", port=self._compose().port, file=str(facts.file))
        if variable in self._environ:
            raise EnvFailed("env.shadowed", file=str(folder / FILE_NAME), name=variable)
        former, env = self._compose().port, self._env()
        report = env.report()
        moved = {entry.name: _with_port(entry.raw or "", former, port) for entry in report.entries if entry.raw}
        return env.save({**moved, variable: str(port)}, report.text)

    # The `.env`

    def env(self, ctx: TaskContext) -> EnvReport:
        """Look the project's `.env` through.

        Raises:
            EnvFailed: "env.no_folder", "env.unreadable".
        """
        ctx.token.raise_if_cancelled()
        return self._env().report()

    def create_env(self, ctx: TaskContext, *, strong: bool = False) -> EnvReport:
        """Make `.env` of its example; `strong` puts random passwords into it.

        Raises:
            EnvFailed: see `EnvFolder.create`.
        """
        ctx.token.raise_if_cancelled()
        return self._env().create(strong=strong)

    def save_env(self, changes: Mapping[str, str | None], base: str | None, ctx: TaskContext) -> EnvReport:
        """Change variables of `.env`.

        Raises:
            EnvFailed, UserError: see `EnvFolder.save`.
        """
        ctx.token.raise_if_cancelled()
        return self._env().save(changes, base)

    def _env(self) -> EnvFolder:
        if self.folder is None:
            raise EnvFailed("env.no_folder")
        facts = self.facts
        return EnvFolder(self.folder, self._environ, facts.variables if facts is not None else frozenset())

    def _asked(
        self, kind: ServerKind | None, compose: Callable[[], ServerStatus], embedded: Callable[[], ServerStatus]
    ) -> ServerStatus:
        """Ask the server that is meant: also docker without compose is as good as none, where nobody insists on it."""
        if (kind or self.kind()) is ServerKind.EMBEDDED:
            return embedded()
        try:
            return compose()
        except ComposeFailed as error:
            if kind is not None or error.code != NO_PLUGIN:
                raise
            return replace(embedded(), is_plugin_missing=True)

    def _compose(self) -> ComposeServer:
        if self.folder is None:
            raise ComposeFailed("compose.no_service", folder="")
        return ComposeServer(self.folder, self._environ)

    def _embedded_status(self) -> ServerStatus:
        use = embedded_use(self._data_dir, DEMO_DATABASE)
        profile = use.profile
        facts = self.facts
        return ServerStatus(
            ServerKind.EMBEDDED,
            ServerState.RUNNING if profile is not None else self._without_server(),
            DEMO_DATABASE,
            self._data_dir,
            place=profile.host if profile is not None else "",
            port=profile.port if profile is not None else 0,
            users=use.users,
            is_kept=use.is_kept,
            url=url_of(profile) if profile is not None else "",
            is_docker_missing=facts is not None and bool(facts.service) and not facts.has_docker,
        )

    def _without_server(self) -> ServerState:
        has_data = (self._data_dir / "postgres" / "data" / "PG_VERSION").exists()
        return ServerState.STOPPED if has_data else ServerState.MISSING


def server_folder(start: Path) -> Path | None:
    """Return the folder whose server and `.env` are meant at a place.

    The nearest upward that has a compose file, `.env` or its example, within the repository; else the nearest that
    looks like the top of a project.
    """
    start = start.expanduser().absolute()
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in (*COMPOSE_FILES, FILE_NAME, EXAMPLE_NAME)):
            return folder
        if (folder / ".git").exists():
            break
    return project_folder(start)


def _with_port(raw: str, former: int, port: int) -> str:
    """Lead a URL that goes to a port of this machine to another one; a text that is none stays."""
    moved = re.sub(rf"(?<=[@/])({_LOCAL}):{former}(?=[/?]|$)", rf"\g<1>:{port}", raw)
    if re.search(rf"\bhost\s*=\s*{_LOCAL}(?:\s|$)", raw):
        moved = re.sub(rf"(?<=\bport=){former}(?=\s|$)", str(port), moved)
    return moved

"""The child process that runs a project's code in the project's own interpreter, and the conversation with it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections import deque
from typing import Any
from urllib.parse import quote

from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.services.migrations.children import Child, start_child
from nexus_studio.services.migrations.conversation import Ear
from nexus_studio.services.migrations.project import AlembicProject

_LINES_KEPT = 40
_WAIT_S = 10.0
# What this program's own environment says about its interpreter must not reach another one.
_OURS = ("PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PYTHONEXECUTABLE")


class WorkerProcess:
    """One child: started with a request, listened to until it ends. Secrets go through its stdin only."""

    def __init__(self, project: AlembicProject, request: dict[str, Any]) -> None:
        """Start it.

        Raises:
            MigrationBlocked: "migration.project_broken", reason "interpreter" (facts python, words).
        """
        self._secrets = _secrets_of(request)
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._is_left = False
        self._process = _start(project)
        self._reader = threading.Thread(target=self._keep_errors, name="worker-stderr", daemon=True)
        self._reader.start()
        self._send(request)

    def listen(self, ear: Ear) -> None:
        """Answer each event until the child ends.

        Raises:
            MigrationBlocked: "migration.worker_died" (facts status, its exit code, and words, its last ones) when it
                ended without a last word.
        """
        out = self._process.stdout
        if out is None:  # it was started with a pipe
            return
        try:
            for line in out:
                self._send(ear.hear(self._event(line)))
                if ear.has_ended:
                    break
        finally:
            self._leave(_WAIT_S if ear.has_ended else 1)
        if not ear.has_ended:
            raise MigrationBlocked("migration.worker_died", status=self._process.returncode, words=self.words)

    def kill(self) -> None:
        """End it at once; any thread."""
        self._process.kill()

    def close(self) -> None:
        """Let go of a child that nobody came to listen to, because the work was cancelled before: it is ended."""
        if not self._is_left:
            self.kill()
            self._leave(1)

    @property
    def words(self) -> str:
        """Its last words on stderr, without what is secret."""
        return self._harmless("\n".join(self._lines)).strip()

    def _leave(self, patience_s: float) -> None:
        """Close the child's stdin: it stops by itself when it is still at work. Waits so long for its last words."""
        self._is_left = True
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be written has no reader any more
                    continue
        try:
            self._process.wait(_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(patience_s)
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _send(self, message: dict[str, Any]) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        try:
            pipe.write(json.dumps(message) + "\n")
            pipe.flush()
        except OSError:
            return  # it has died; reading its output tells

    def _event(self, line: str) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(line)
        for told in (event, event.get("error") or {}):
            for name in ("words", "where", "message", "detail"):
                if told.get(name):
                    told[name] = self._harmless(told[name])
        return event

    def _keep_errors(self) -> None:
        pipe = self._process.stderr
        if pipe is not None:
            for line in pipe:
                self._lines.append(line.rstrip("\n"))

    def _harmless(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "•••")
        return text


def _start(project: AlembicProject) -> Child:
    python = project.python
    if python is None:
        raise MigrationBlocked("migration.project_broken", reason="interpreter", python="", words="")
    environment = {name: value for name, value in os.environ.items() if name not in _OURS}
    environment["PYTHONIOENCODING"] = "utf-8"
    try:
        return start_child(python, project.folder, environment)
    except OSError as error:
        raise MigrationBlocked(
            "migration.project_broken", reason="interpreter", python=str(python), words=str(error.strerror or "")
        ) from error


def _secrets_of(request: dict[str, Any]) -> tuple[str, ...]:
    password = (request.get("parameters") or {}).get("password") or ""
    # as libpq wants it in a URL, and as SQLAlchemy writes it there
    spellings = {password, quote(password, safe=""), quote(password, safe=" +")}
    return tuple(sorted(filter(None, spellings), key=len, reverse=True))

"""What the cure "start the database with docker compose" needs to know. Nothing is started here."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")

_SERVICES = re.compile(r"^services\s*:\s*(?:#.*)?$")
_SERVICE = re.compile(r"""^(?P<indent>[ ]+)(?P<quote>["']?)(?P<name>[\w.-]+)(?P=quote)\s*:\s*(?:#.*)?$""")
_IMAGE = re.compile(r"""^\s+image\s*:\s*["']?(?P<image>[^"'\s#]+)""")
_POSTGRES_IMAGES = ("postgres", "postgis", "timescaledb", "pgvector", "paradedb", "supabase/postgres", "citus")


@dataclass(frozen=True, slots=True)
class ComposeFacts:
    """Whether docker is installed, and the compose file and its PostgreSQL service, empty when none is seen."""

    has_docker: bool
    file: Path | None
    service: str

    @property
    def command(self) -> str:
        """The command that starts the service, for people to run in the project's folder; empty when none would."""
        return f"docker compose up -d {self.service}" if self.file is not None and self.service else ""


def compose_facts(folder: Path) -> ComposeFacts:
    """Look for a database service in the compose file of a project's folder. Reads one small file."""
    for name in COMPOSE_FILES:
        file = folder / name
        if file.is_file():
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                text = ""
            return ComposeFacts(has_docker(), file, _database_service(text))
    return ComposeFacts(has_docker(), None, "")


def has_docker() -> bool:
    """Tell whether the docker program is on the path; whether its server runs, nobody knows before trying."""
    return shutil.which("docker") is not None


def _database_service(text: str) -> str:
    """Find the first service whose image is PostgreSQL's, reading the lines as they are usually indented."""
    in_services, service, depth = False, "", None
    for line in text.splitlines():
        if line.strip() and not line.startswith((" ", "#")):
            in_services = bool(_SERVICES.match(line))
            continue
        if not in_services:
            continue
        found = _SERVICE.match(line)
        if found and depth in {None, len(found["indent"])}:
            depth, service = len(found["indent"]), found["name"]
        image = _IMAGE.match(line)
        if image and any(known in image["image"].lower() for known in _POSTGRES_IMAGES):
            return service
    return ""

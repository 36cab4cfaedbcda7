"""What a project's compose file says of its database service. Nothing is started here, and docker is not asked.

The file is read as lines, without a YAML library: its services, their images and ports, as they are usually indented.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from nexus_studio.core.admin.servers import POSTGRES_PORT, PublishedPort, published_port

COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")

_SERVICES = re.compile(r"^services\s*:\s*(?:#.*)?$")
_SERVICE = re.compile(r"""^(?P<indent>[ ]+)(?P<quote>["']?)(?P<name>[\w.-]+)(?P=quote)\s*:\s*(?:#.*)?$""")
_IMAGE = re.compile(r"""^\s+image\s*:\s*["']?(?P<image>[^"'\s#]+)""")
_PORTS = re.compile(r"^(?P<indent>\s+)ports\s*:\s*(?:\[(?P<inline>[^\]]*)\])?\s*(?:#.*)?$")
_ENTRY = re.compile(r"""^\s*-\s*(?P<entry>"[^"]*"|'[^']*'|[^#]*?)\s*(?:#.*)?$""")
_LONG_PORT = re.compile(r"""^\s*(?:-\s*)?(?P<key>target|published)\s*:\s*["']?(?P<value>[^"'#]*?)["']?\s*(?:#.*)?$""")
_VARIABLE = re.compile(r"(?<!\$)\$\{?(?P<name>[A-Za-z_]\w*)")
_POSTGRES_IMAGES = ("postgres", "postgis", "timescaledb", "pgvector", "paradedb", "supabase/postgres", "citus")


@dataclass(frozen=True, slots=True)
class ComposeFacts:
    """Whether docker is installed, and the compose file and its PostgreSQL service, empty when none is seen.

    `port` is how the service publishes PostgreSQL's port, None where it does not; `variables` are all that the file
    asks for.
    """

    has_docker: bool
    file: Path | None
    service: str
    port: PublishedPort | None = None
    variables: frozenset[str] = frozenset()

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
            service, port = _database_service(text)
            variables = frozenset(found["name"] for found in _VARIABLE.finditer(text.replace("$$", "")))
            return ComposeFacts(has_docker(), file, service, port, variables)
    return ComposeFacts(has_docker(), None, "")


def has_docker() -> bool:
    """Tell whether the docker program is on the path; whether its server runs, nobody knows before trying."""
    return shutil.which("docker") is not None


def _database_service(text: str) -> tuple[str, PublishedPort | None]:
    """Find the first service whose image is PostgreSQL's, and how it publishes its port."""
    for name, block in _services(text).items():
        for line in block:
            image = _IMAGE.match(line)
            if image and any(known in image["image"].lower() for known in _POSTGRES_IMAGES):
                return name, _published(block)
    return "", None


def _services(text: str) -> dict[str, list[str]]:
    """Return the lines of each service, reading the file as it is usually indented."""
    found: dict[str, list[str]] = {}
    block: list[str] = []
    in_services, depth = False, 0
    for line in text.splitlines():
        if line.strip() and not line.startswith((" ", "#")):
            in_services = bool(_SERVICES.match(line))
            continue
        if not in_services:
            continue
        head = _SERVICE.match(line)
        if head and len(head["indent"]) == (depth or len(head["indent"])):
            depth, block = len(head["indent"]), []
            found[head["name"]] = block
        else:
            block.append(line)
    return found


def _published(block: list[str]) -> PublishedPort | None:
    """Read a service's `ports:`, whether its entries are written in short or in long."""
    long: dict[str, str] = {}
    for line in _port_lines(block):
        if line.lstrip().startswith("-"):
            long = {}
        entry = _ENTRY.match(line)
        if entry and (port := published_port(entry["entry"])) is not None:
            return port
        if (part := _LONG_PORT.match(line)) is not None:
            long[part["key"]] = part["value"].strip()
        if long.get("target") == str(POSTGRES_PORT) and long.get("published"):
            return PublishedPort(long["published"])
    return None


def _port_lines(block: list[str]) -> list[str]:
    """Return the entries below a service's `ports:`, those of a list on one line each on a line of its own."""
    found: list[str] = []
    indent: int | None = None
    for line in block:
        bare = line.strip()
        if (head := _PORTS.match(line)) is not None:
            indent = len(head["indent"])
            found += [f"- {entry.strip()}" for entry in (head["inline"] or "").split(",")]
        elif indent is not None and bare and not bare.startswith("#"):
            depth = len(line) - len(line.lstrip())
            if depth < indent or (depth == indent and not bare.startswith("-")):
                break
            found.append(line)
    return found

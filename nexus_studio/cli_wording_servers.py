"""English sentences of the command line on a project's server and its `.env`: errors, findings, progress steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nexus_studio.core.admin.envchecks import Fault

_AGAIN: Final = "Then run the command again."

SERVER_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "compose": ("Docker compose did not do it. {words}", "The service is {service} in {folder}."),
    "compose.port_taken": (
        "Port {port} is taken (by: {owner}). {service} was not started.",
        "The next free port is {free_port}: `nexus-studio server start --free-port` writes it to .env and starts.",
    ),
    "compose.port_fixed": (
        "{file} publishes port {port} as a number.",
        "Write a variable such as ${{POSTGRES_PORT:-5434}} in its place; Nexus Studio changes .env only.",
    ),
    "compose.daemon_down": ("Docker is installed, but does not run. {words}", f"Start it, or use --embedded. {_AGAIN}"),
    "compose.daemon_denied": ("Docker does not let you in. {words}", "Join the group docker, and log in again."),
    "compose.plugin_missing": (
        "Docker has no `compose`.",
        f"Install docker's compose plugin, or use --embedded. {_AGAIN}",
    ),
    "compose.env_broken": (
        "Docker can't read {file}: a line of it is no assignment.",
        "See `nexus-studio env check`.",
    ),
    "compose.no_service": (
        "No compose file in {folder} has a PostgreSQL service with a published port.",
        "Name the project's folder with --project, or use --embedded.",
    ),
    "compose.not_ready": (
        "{service} was started and is not ready: it is {state}. The last lines of its log: {words}",
        "Look at `docker compose logs`.",
    ),
    "env": ("{file} can't be used. {words}", ""),
    "env.unreadable": ("{file} can't be read. {words}", ""),
    "env.encoding": ("{file} is not written in UTF-8.", ""),
    "env.unwritable": ("{file} can't be written. {words}", "Nothing in it was changed."),
    "env.exists": ("{file} is there already.", "It is left as it is. See `nexus-studio env check`."),
    "env.no_example": ("There is no {file} to copy.", "Name the project's folder with --project."),
    "cli.no_folder": ("There is no folder {folder}.", "Check the path that --project names."),
    "env.no_folder": ("No project folder is known.", "Name it with --project."),
    "env.no_file": ("There is no {file}.", "Make it of the example with `nexus-studio env create`."),
    "env.nothing_to_set": ("Nothing is to be changed.", "Give NAME=VALUE, NAME or --unset NAME."),
    "env.changed": ("Somebody changed {file} meanwhile.", "Nothing was written. Run the command again."),
    "env.quote_open": (
        "The quote that begins in line {line} of {file} is never closed.",
        "Nothing was written. Close it, then run the command again.",
    ),
    "env.shadowed": (
        "The environment sets {name} too and goes before {file}.",
        "Unset it there, or start on another port yourself.",
    ),
    "env.name_invalid": ("{name} can't be the name of a variable.", "Letters without accents, digits, underscores."),
    "env.value_invalid": ("The value of {name} holds signs that no .env file can have.", ""),
    "env.value_missing": ("{name} has no value.", "Write NAME=VALUE, or give the value on standard input."),
    "env.unknown_name": ("{file} has no {name}.", "See `nexus-studio env show`."),
    "embedded.in_use": (
        "The embedded server is used by others ({users}). It goes on until the last of them has left.",
        "To stop it under their feet, add --force.",
    ),
}

STEPS: Final[Mapping[str, str]] = {
    "server.starting": "Starting the database service",
    "server.waiting": "Waiting until PostgreSQL is ready",
    "server.stopping": "Stopping the database service",
}

_FAULTS: Final[Mapping[Fault, str]] = {
    Fault.MISSING: "missing; the example has it",
    Fault.EMPTY: "has no value",
    Fault.MALFORMED: "is no assignment",
    Fault.DUPLICATE: "is set twice; the last line counts",
    Fault.UNKNOWN: "the example does not know it",
    Fault.PLACEHOLDER: "still holds a placeholder",
    Fault.DEFAULT_PASSWORD: "is a password that everybody tries first",
    Fault.UNSET_REFERENCE: "refers to {other}, which nothing above it sets",
    Fault.BAD_URL: "is no URL of a PostgreSQL database ({other})",
    Fault.BAD_PORT: "is no port",
    Fault.DISAGREES: "says something else than {other}",
    Fault.SHADOWED: "the environment sets it too, otherwise, and goes before the file",
    Fault.READABLE: "others on this machine may read the file; run `chmod 600` on it, or change it with `env set`",
}


def fault_words(fault: Fault, other: str) -> str:
    """Say what is wrong with a variable."""
    return _FAULTS[fault].format(other=other)

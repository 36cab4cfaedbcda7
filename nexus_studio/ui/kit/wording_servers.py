"""English source of the words for a project's server and its `.env`: errors, progress, findings.

Contexts: "errors", "progress" and, for what is wrong in a file, "env".
"""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.core.admin.envchecks import Fault
from nexus_studio.core.admin.servers import ServerState
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_DOCKERS_WORDS = (("words", QT_TRANSLATE_NOOP("errors", "Docker says: {words}")),)
_SYSTEMS_WORDS = (("words", QT_TRANSLATE_NOOP("errors", "The system says: {words}.")),)

SERVER_WORDS: Mapping[str, Words] = {
    "compose.failed": Words(
        QT_TRANSLATE_NOOP("errors", "Docker compose did not do it"),
        QT_TRANSLATE_NOOP("errors", "The service is “{service}” in {folder}."),
        extras=_DOCKERS_WORDS,
    ),
    "compose.port_taken": Words(
        QT_TRANSLATE_NOOP("errors", "Port {port} is taken"),
        QT_TRANSLATE_NOOP("errors", "“{service}” was not started. The next free port is {free_port}."),
        extras=(("owner", QT_TRANSLATE_NOOP("errors", "{owner} holds port {port}.")),),
    ),
    "compose.port_fixed": Words(
        QT_TRANSLATE_NOOP("errors", "The compose file has the port itself"),
        QT_TRANSLATE_NOOP(
            "errors",
            "{file} publishes port {port} as a number. Write a variable such as ${{POSTGRES_PORT:-5434}} in its place; "
            "Nexus Studio changes .env only.",
        ),
    ),
    "compose.daemon_down": Words(
        QT_TRANSLATE_NOOP("errors", "Docker is installed, but does not run"),
        QT_TRANSLATE_NOOP("errors", "Start Docker Desktop, or the docker service of this machine, then try again."),
        extras=_DOCKERS_WORDS,
    ),
    "compose.daemon_denied": Words(
        QT_TRANSLATE_NOOP("errors", "Docker does not let you in"),
        QT_TRANSLATE_NOOP("errors", "On Linux, whoever may use docker is in the group “docker”; log in again after."),
        extras=_DOCKERS_WORDS,
    ),
    "compose.plugin_missing": Words(
        QT_TRANSLATE_NOOP("errors", "Docker has no “compose”"),
        QT_TRANSLATE_NOOP("errors", "Install docker's compose plugin: the package docker-compose-plugin on Linux."),
        extras=_DOCKERS_WORDS,
    ),
    "compose.env_broken": Words(
        QT_TRANSLATE_NOOP("errors", "Docker can't read the .env file"),
        QT_TRANSLATE_NOOP("errors", "A line of {file} is no assignment."),
        extras=(("line", QT_TRANSLATE_NOOP("errors", "It is line {line}.")),),
    ),
    "compose.no_service": Words(
        QT_TRANSLATE_NOOP("errors", "No database service was found"),
        QT_TRANSLATE_NOOP(
            "errors",
            "No compose file in the folder has a service with a PostgreSQL image whose port is published.",
        ),
    ),
    "compose.not_ready": Words(
        QT_TRANSLATE_NOOP("errors", "“{service}” was started and did not get ready"),
        extras=(("words", QT_TRANSLATE_NOOP("errors", "Its log ends with: {words}")),),
    ),
    "env.unreadable": Words(
        QT_TRANSLATE_NOOP("errors", "The .env file can't be read"),
        QT_TRANSLATE_NOOP("errors", "It is {file}."),
        extras=_SYSTEMS_WORDS,
    ),
    "env.encoding": Words(
        QT_TRANSLATE_NOOP("errors", "The .env file can't be read"),
        QT_TRANSLATE_NOOP("errors", "It is not written in UTF-8: {file}."),
    ),
    "env.unwritable": Words(
        QT_TRANSLATE_NOOP("errors", "The .env file can't be written"),
        QT_TRANSLATE_NOOP("errors", "It is {file}. Nothing in it was changed."),
        extras=_SYSTEMS_WORDS,
    ),
    "env.exists": Words(
        QT_TRANSLATE_NOOP("errors", "There is a .env file already"),
        QT_TRANSLATE_NOOP("errors", "It is left as it is: {file}."),
    ),
    "env.no_example": Words(
        QT_TRANSLATE_NOOP("errors", "There is no .env.example to copy"),
        QT_TRANSLATE_NOOP("errors", "Looked for: {file}."),
    ),
    "env.no_folder": Words(
        QT_TRANSLATE_NOOP("errors", "No project folder is known"),
        QT_TRANSLATE_NOOP("errors", "Choose the folder that has the .env file or its example."),
    ),
    "env.changed": Words(
        QT_TRANSLATE_NOOP("errors", "Somebody changed the .env file meanwhile"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Read it again, then make your changes."),
    ),
    "env.quote_open": Words(
        QT_TRANSLATE_NOOP("errors", "A quote in the .env file is never closed"),
        QT_TRANSLATE_NOOP("errors", "It begins in line {line} of {file}. Nothing was written: close it first."),
    ),
    "env.shadowed": Words(
        QT_TRANSLATE_NOOP("errors", "The environment sets {name} too"),
        QT_TRANSLATE_NOOP("errors", "It goes before the .env file, so changing it there would do nothing. Unset it."),
    ),
    "env.name_invalid": Words(
        QT_TRANSLATE_NOOP("errors", "“{name}” can't be the name of a variable"),
        QT_TRANSLATE_NOOP("errors", "Names are made of letters without accents, digits and underscores."),
    ),
    "env.value_invalid": Words(
        QT_TRANSLATE_NOOP("errors", "The value of {name} holds signs that no .env file can have"),
    ),
    "embedded.in_use": Words(
        QT_TRANSLATE_NOOP("errors", "The embedded server is in use"),
        QT_TRANSLATE_NOOP(
            "errors", "Programs that work with it: {users}. It goes on, and stops when the last of them has left."
        ),
    ),
}

SERVER_PROGRESS: Mapping[str, str] = {
    "server.starting": QT_TRANSLATE_NOOP("progress", "Starting the database service"),
    "server.waiting": QT_TRANSLATE_NOOP("progress", "Waiting until PostgreSQL is ready"),
    "server.stopping": QT_TRANSLATE_NOOP("progress", "Stopping the database service"),
}

STATES: Mapping[ServerState, str] = {
    ServerState.RUNNING: QT_TRANSLATE_NOOP("env", "Running"),
    ServerState.STARTING: QT_TRANSLATE_NOOP("env", "Starting"),
    ServerState.UNHEALTHY: QT_TRANSLATE_NOOP("env", "Running, but not well"),
    ServerState.RESTARTING: QT_TRANSLATE_NOOP("env", "Ends and is started again"),
    ServerState.PAUSED: QT_TRANSLATE_NOOP("env", "Paused"),
    ServerState.STOPPED: QT_TRANSLATE_NOOP("env", "Stopped"),
    ServerState.MISSING: QT_TRANSLATE_NOOP("env", "Never started yet"),
}

FAULTS: Mapping[Fault, str] = {
    Fault.MISSING: QT_TRANSLATE_NOOP("env", "It is missing; .env.example has it."),
    Fault.EMPTY: QT_TRANSLATE_NOOP("env", "It has no value."),
    Fault.MALFORMED: QT_TRANSLATE_NOOP("env", "Line {line} is no assignment: NAME=value."),
    Fault.DUPLICATE: QT_TRANSLATE_NOOP("env", "Line {line} sets it once more; the last line counts."),
    Fault.UNKNOWN: QT_TRANSLATE_NOOP("env", ".env.example does not know it."),
    Fault.PLACEHOLDER: QT_TRANSLATE_NOOP("env", "It still holds a placeholder."),
    Fault.DEFAULT_PASSWORD: QT_TRANSLATE_NOOP("env", "It is a password that everybody tries first."),
    Fault.UNSET_REFERENCE: QT_TRANSLATE_NOOP("env", "It refers to {other}, which nothing above it sets."),
    Fault.BAD_URL: QT_TRANSLATE_NOOP("env", "It is no URL of a PostgreSQL database."),
    Fault.BAD_PORT: QT_TRANSLATE_NOOP("env", "It is no port: a number from 1 to 65535."),
    Fault.DISAGREES: QT_TRANSLATE_NOOP("env", "It says something else than {other}."),
    Fault.SHADOWED: QT_TRANSLATE_NOOP("env", "The environment sets it too, otherwise, and goes before the file."),
    Fault.READABLE: QT_TRANSLATE_NOOP("env", "Others on this machine may read the file. Saving it shuts them out."),
}

"""English source of the words for failed connections. Translated in context "errors"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

# Which process of this machine holds the port, where that can tell why the wrong thing answers.
_PORT_OWNER = (
    ("port_owner", QT_TRANSLATE_NOOP("errors", "{port_owner} (process {port_owner_pid}) listens on port {port}.")),
)

CONNECTION_WORDS: Mapping[str, Words] = {
    "connection.refused": Words(
        QT_TRANSLATE_NOOP("errors", "Nothing listens at {host}:{port}"),
        QT_TRANSLATE_NOOP(
            "errors",
            "No PostgreSQL answers there. If it runs in Docker, start it with “docker compose up -d” in the project's "
            "folder; or work on the demo database.",
        ),
        ("connection.retry", "demo.start", "server.open", "compose.copy", "connection.edit"),
        extras=_PORT_OWNER,
    ),
    "connection.host_not_found": Words(
        QT_TRANSLATE_NOOP("errors", "No computer is called {host}"),
        QT_TRANSLATE_NOOP("errors", "Check the spelling of the host, and whether a VPN is needed to reach it."),
        ("connection.edit", "connection.retry"),
    ),
    "connection.timeout": Words(
        QT_TRANSLATE_NOOP("errors", "{host} does not answer"),
        QT_TRANSLATE_NOOP(
            "errors",
            "Nothing came back in time. The computer may be off, or a firewall drops connections to port {port}.",
        ),
        ("connection.retry", "connection.edit"),
        extras=_PORT_OWNER,
    ),
    "connection.password_wrong": Words(
        QT_TRANSLATE_NOOP("errors", "The password for “{user}” was refused"),
        QT_TRANSLATE_NOOP("errors", "Either the password is wrong or the role does not exist on this server."),
        ("connection.password", "connection.edit"),
        extras=_PORT_OWNER,
    ),
    "connection.password_missing": Words(
        QT_TRANSLATE_NOOP("errors", "A password is needed for “{user}”"),
        QT_TRANSLATE_NOOP("errors", "The server asks for one and none is known."),
        ("connection.password",),
    ),
    "connection.database_missing": Words(
        QT_TRANSLATE_NOOP("errors", "There is no database “{database}” on this server"),
        QT_TRANSLATE_NOOP("errors", "The server answers, so host, port and password are right."),
        ("database.create", "connection.edit"),
        extras=_PORT_OWNER,
    ),
    "connection.role_missing": Words(
        QT_TRANSLATE_NOOP("errors", "There is no role “{user}” on this server"),
        QT_TRANSLATE_NOOP("errors", "An administrator can create it with CREATE ROLE … LOGIN."),
        ("connection.edit",),
        extras=_PORT_OWNER,
    ),
    "connection.role_not_allowed": Words(
        QT_TRANSLATE_NOOP("errors", "You may not act as the role “{role}”"),
        QT_TRANSLATE_NOOP(
            "errors", "The connection works, but SET ROLE was refused. Leave the role empty or have it granted."
        ),
        ("connection.edit",),
    ),
    "connection.time_zone": Words(
        QT_TRANSLATE_NOOP("errors", "The server knows no time zone “{time_zone}”"),
        QT_TRANSLATE_NOOP("errors", "Write an IANA name such as Europe/Paris, or leave it empty for the server's own."),
        ("connection.edit",),
    ),
    "connection.tls_refused": Words(
        QT_TRANSLATE_NOOP("errors", "The server offers no encryption"),
        QT_TRANSLATE_NOOP("errors", "This connection demands TLS (sslmode). On a network you trust, “prefer” will do."),
        ("connection.edit",),
        extras=_PORT_OWNER,
    ),
    "connection.tls_required": Words(
        QT_TRANSLATE_NOOP("errors", "The server demands encryption"),
        QT_TRANSLATE_NOOP("errors", "Set sslmode to “require” or stricter."),
        ("connection.edit",),
    ),
    "connection.tls_certificate": Words(
        QT_TRANSLATE_NOOP("errors", "The server's certificate can't be trusted"),
        QT_TRANSLATE_NOOP(
            "errors",
            "It is expired, made for another host, or signed by an authority that sslrootcert does not know.",
        ),
        ("connection.edit", "connection.retry"),
    ),
    "connection.not_admitted": Words(
        QT_TRANSLATE_NOOP("errors", "The server does not let you in"),
        QT_TRANSLATE_NOOP("errors", "Its rules (pg_hba.conf, privileges) don't admit this user, host and database."),
        ("connection.edit",),
    ),
    "connection.server_too_old": Words(
        QT_TRANSLATE_NOOP("errors", "PostgreSQL {version} is too old"),
        QT_TRANSLATE_NOOP("errors", "Nexus Studio needs PostgreSQL 12 or later."),
        ("connection.edit",),
    ),
    "connection.too_many": Words(
        QT_TRANSLATE_NOOP("errors", "The server has no free connection"),
        QT_TRANSLATE_NOOP("errors", "Its limit (max_connections, or that of the role or database) is reached."),
        ("connection.retry",),
    ),
    "connection.starting_up": Words(
        QT_TRANSLATE_NOOP("errors", "The server is not ready yet"),
        QT_TRANSLATE_NOOP("errors", "It is starting, stopping or recovering. This usually takes a few seconds."),
        ("connection.retry",),
    ),
    "connection.not_postgresql": Words(
        QT_TRANSLATE_NOOP("errors", "Something else answers at {host}:{port}"),
        QT_TRANSLATE_NOOP("errors", "What listens there does not speak PostgreSQL's protocol. Is the port right?"),
        ("connection.edit",),
        extras=_PORT_OWNER,
    ),
    "connection.service_missing": Words(
        QT_TRANSLATE_NOOP("errors", "The service is not defined"),
        QT_TRANSLATE_NOOP("errors", "No pg_service.conf has a section of this name."),
        ("connection.edit",),
        extras=(("service", QT_TRANSLATE_NOOP("errors", "Asked for: {service}.")),),
    ),
    "connection.failed": Words(
        QT_TRANSLATE_NOOP("errors", "The connection failed"),
        QT_TRANSLATE_NOOP("errors", "The server or the driver gave this reason:"),
        ("connection.retry", "connection.edit"),
        extras=_PORT_OWNER,
    ),
    "connection.lost": Words(
        QT_TRANSLATE_NOOP("errors", "The connection was lost"),
        QT_TRANSLATE_NOOP("errors", "Your staged changes are kept and can be saved once you are connected again."),
        ("connection.reconnect",),
    ),
    "connection.closed": Words(
        QT_TRANSLATE_NOOP("errors", "The connection was closed"),
        QT_TRANSLATE_NOOP("errors", "Nothing was begun. Connect again to go on."),
        ("connection.new",),
    ),
}

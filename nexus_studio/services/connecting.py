"""One connection to a server: a profile as libpq parameters, and a failure as its cause."""

from __future__ import annotations

from typing import Any

import psycopg

from nexus_studio.core.errors import ConnectionFailed
from nexus_studio.core.profiles import ConnectionProfile

APPLICATION_NAME = "nexus-studio"


def libpq_parameters(profile: ConnectionProfile, secret: str | None) -> dict[str, Any]:
    """Return the keyword arguments for `psycopg.connect`; what the profile leaves empty is libpq's to decide."""
    parameters: dict[str, Any] = {"application_name": APPLICATION_NAME, "connect_timeout": "10", **dict(profile.libpq)}
    service = "service" in parameters
    for name, value in (("host", profile.host), ("dbname", profile.database), ("user", profile.user)):
        if value:
            parameters[name] = value
    if not service or profile.host:
        parameters["port"] = str(profile.port)
    if secret is not None:
        parameters["password"] = secret
    return parameters


def connect(profile: ConnectionProfile, secret: str | None) -> psycopg.Connection:
    """Open one connection.

    Raises:
        ConnectionFailed: with the cause as its code.
    """
    try:
        return psycopg.connect(**libpq_parameters(profile, secret))
    except psycopg.OperationalError as error:
        raise ConnectionFailed("connection.failed", host=profile.host, port=profile.port) from error

"""How the database is reached: where DATABASE_URL leads, TLS, who else may knock, whether the application is well."""

from __future__ import annotations

import os
from pathlib import Path

from nexus_studio.core.admin.envsecrets import masked_url
from nexus_studio.core.admin.readiness import (
    Cure,
    Finding,
    Remedy,
    Value,
    failed,
    not_applicable,
    ok,
    warning,
)
from nexus_studio.core.admin.readinessrules import HbaRule, LineFacts, exposure_finding, tls_finding
from nexus_studio.core.errors import InvalidUrl
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.urls import is_rehearsal, looks_like_production, profile_from_url
from nexus_studio.services.dotenv_file import ENVIRONMENT, FoundUrl, find_database_url
from nexus_studio.services.readiness.healthprobe import BadHealthUrl, NoHealth, ask_health
from nexus_studio.services.readiness.scene import Scene
from nexus_studio.services.readiness.serverfacts import HBA_RULES, MAY_READ_HBA

SLOW_HEALTH_MS = 2000

_EDIT = Remedy(Cure.STEP, "connection.edit")
_LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})


def url(scene: Scene) -> Finding:
    """DATABASE_URL points to production: this is a real server, and the application's variable leads to it."""
    profile = scene.profile
    if not scene.is_serious:
        if looks_like_production(profile):
            return warning("url.looks_real", {"place": profile.place}, _EDIT)
        return not_applicable("url.environment")
    found = find_database_url(scene.around.folder or Path.cwd(), scene.around.environ)
    seen: dict[str, Value] = {
        "place": profile.place,
        "DATABASE_URL": _place(found),
        "from": found.source if found else None,
    }
    if scene.server.is_standby:
        return failed("url.standby", seen)
    if found is not None and not _leads_to(found, profile):
        is_said = found.source == ENVIRONMENT
        return failed("url.elsewhere", seen) if is_said else warning("url.file_elsewhere", seen)
    if is_rehearsal(profile) and profile.environment is Environment.PRODUCTION:
        return warning("url.rehearsal_name", seen, _EDIT)
    if profile.is_local:
        return warning("url.local", seen, _EDIT)
    return ok("url.real", seen)


def tls(scene: Scene) -> Finding:
    """TLS enabled and verified: what this connection really is."""
    if not scene.is_serious:
        return not_applicable("tls.environment")
    client, server = scene.client, scene.server
    libpq = dict(scene.profile.libpq)
    return tls_finding(
        LineFacts(
            is_socket=client.is_socket,
            is_encrypted=client.is_encrypted,
            address=client.address,
            sslmode=libpq.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer",
            has_authority=_has_authority(libpq.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")),
            protocol=server.tls_version,
            cipher=server.tls_cipher,
            bits=server.tls_bits,
        )
    )


def exposure(scene: Scene) -> Finding:
    """The database is not open to the internet: where it listens, and whom pg_hba.conf admits."""
    if not scene.is_serious:
        return not_applicable("exposure.environment")
    with scene.session.read(scene.ctx) as connection:
        rules: list[HbaRule] | None = None
        if connection.scalar(MAY_READ_HBA):
            rules = [
                HbaRule(**{**row, "databases": tuple(row["databases"]), "users": tuple(row["users"])})
                for row in connection.execute(HBA_RULES).mappings()
            ]
    server = scene.server
    listens = [each.strip() for each in server.listen_addresses.split(",") if each.strip()]
    return exposure_finding(listens, rules, scene.client.address, server.port)


def health(scene: Scene) -> Finding:
    """The health endpoint answers: the URL of the connection, its time and body."""
    where = scene.profile.health_url
    if not where:
        return warning("health.no_url", {}, _EDIT) if scene.is_serious else not_applicable("health.environment")
    shown = masked_url(where)  # a token may stand in it
    try:
        answer = ask_health(where, scene.ctx)
    except BadHealthUrl:
        return failed("health.bad_url", {"url": shown}, _EDIT)
    except NoHealth as error:
        return failed("health.silent", {"url": shown, "words": error.words, "time_ms": round(error.time_ms)})
    seen: dict[str, Value] = {
        "url": shown,
        "status": answer.status,
        "time_ms": round(answer.time_ms),
        "body": answer.body,
    }
    if answer.status // 100 == 3:  # noqa: PLR2004 - a class of statuses
        return warning("health.redirected", {**seen, "location": answer.location}, _EDIT)
    if not answer.is_well:
        return failed("health.unwell", seen)
    if answer.says_unwell:  # the body is believed before the status
        return failed("health.says_unwell", seen)
    return warning("health.slow", seen) if answer.time_ms > SLOW_HEALTH_MS else ok("health.well", seen)


def _place(found: FoundUrl | None) -> str | None:
    """Return where a URL leads; never the URL."""
    if found is None:
        return None
    try:
        return profile_from_url(found.url).profile.place
    except InvalidUrl:
        return "?"


def _leads_to(found: FoundUrl, profile: ConnectionProfile) -> bool:
    try:
        other = profile_from_url(found.url).profile
    except InvalidUrl:
        return False
    return _address(other) == _address(profile)


def _address(profile: ConnectionProfile) -> tuple[str, int, str]:
    host = "localhost" if profile.host in _LOOPBACK else profile.host.lower().rstrip(".")
    return host, profile.port, profile.database


def _has_authority(given: str | None) -> bool:
    """Tell whether libpq verifies with "require" too: it does where a root certificate is there (manual 32.19.1)."""
    return bool(given) or (Path.home() / ".postgresql" / "root.crt").exists()

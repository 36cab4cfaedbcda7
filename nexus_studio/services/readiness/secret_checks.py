"""What keeps others out: the password, the role's rights, and where `.env` is kept."""

from __future__ import annotations

import os

from nexus_studio.core.admin.envchecks import EnvFinding, Fault, Severity
from nexus_studio.core.admin.envfiles import FILE_NAME
from nexus_studio.core.admin.readiness import Cure, Finding, Remedy, Value, failed, not_applicable, ok, unknown, warning
from nexus_studio.core.admin.readinessrules import password_finding
from nexus_studio.core.errors import EnvFailed, ToolMissing
from nexus_studio.services.dotenv_file import EnvFolder
from nexus_studio.services.readiness.gitfiles import published_examples
from nexus_studio.services.readiness.scene import Scene

_SHOWN = 12  # names in the evidence
_OPEN_ENV = Remedy(Cure.STEP, "server.open")
_OTHERS_BUSINESS = frozenset({Fault.DEFAULT_PASSWORD})  # the password that counts has a check of its own


def password(scene: Scene) -> Finding:
    """Strong password: the one this connection was made with, if the server asked for any."""
    if not scene.is_serious:
        return not_applicable("password.environment")
    client, profile = scene.client, scene.profile
    if client.password is None and client.is_socket:
        return ok("password.socket")
    if client.password is None and dict(profile.libpq).get("sslcert") and client.is_encrypted:
        return ok("password.certificate")
    published: frozenset[str] = frozenset()
    if (folder := scene.around.folder) is not None:
        published = published_examples(folder) | (scene.git.published if scene.git else frozenset())
    return password_finding(
        client.password,
        names=(profile.user, profile.database, profile.host, profile.name),
        published=published,
        source=_source(scene),
    )


def role(scene: Scene) -> Finding:
    """The application's role is no superuser, and has no rights that only administrators need."""
    if not scene.is_serious:
        return not_applicable("role.environment")
    server = scene.server
    if server.is_superuser:
        return failed("role.superuser", {"role": server.role})
    rights = [
        right
        for right, has in (
            ("BYPASSRLS", server.bypasses_rls),
            ("CREATEROLE", server.creates_roles),
            ("CREATEDB", server.creates_databases),
            ("REPLICATION", server.replicates),
        )
        if has
    ]
    if rights or server.file_roles:
        return warning("role.mighty", {"role": server.role, "rights": (*rights, *server.file_roles)})
    return ok("role.plain", {"role": server.role})


def env_file(scene: Scene) -> Finding:
    """`.env` is ignored by git and not tracked, in the whole history."""
    folder = scene.around.folder
    if folder is None:
        return not_applicable("env_file.no_folder")
    try:
        git = scene.git
    except ToolMissing:
        return unknown("env_file.no_git", {"folder": str(folder)})
    if git is None:
        return not_applicable("env_file.no_repository", {"folder": str(folder)})
    seen: dict[str, Value] = {"file": str(folder / FILE_NAME), "tracked": git.is_tracked, "ignored": git.is_ignored}
    if git.is_tracked:
        return failed("env_file.tracked", seen, Remedy(Cure.COPY, f"git rm --cached {FILE_NAME}"))
    if git.was_committed:
        return warning("env_file.was_committed", seen)
    if not git.is_ignored:
        kind = failed if git.has_env else warning
        return kind("env_file.not_ignored", seen, Remedy(Cure.COPY, f"echo {FILE_NAME} >> .gitignore"))
    return ok("env_file.ignored", seen)


def variables(scene: Scene) -> Finding:
    """Environment variables validated: `.env`, or the environment, against `.env.example`."""
    folder = scene.around.folder
    if folder is None:
        return not_applicable("variables.no_folder")
    try:
        report = EnvFolder(folder, scene.around.environ).report()
    except EnvFailed as error:
        return unknown("variables.unreadable", {"file": str(error.facts.get("file", folder / FILE_NAME))})
    if not report.exists:
        return _of_environment(scene, [each.name for each in report.entries if each.example])
    findings = [each for each in report.findings if each.fault not in _OTHERS_BUSINESS]
    seen: dict[str, Value] = {"file": str(report.file), "variables": len(report.entries)}
    if errors := [each for each in findings if each.severity is Severity.ERROR]:
        return failed("variables.wrong", {**seen, "findings": tuple(map(_written, errors[:_SHOWN]))}, _OPEN_ENV)
    if findings:
        return warning("variables.odd", {**seen, "findings": tuple(map(_written, findings[:_SHOWN]))}, _OPEN_ENV)
    return ok("variables.valid", seen)


def _of_environment(scene: Scene, names: list[str]) -> Finding:
    """Without a file the variables must be in the environment, where a deployed application has them."""
    if not names:
        return not_applicable("variables.no_example")
    if not scene.is_serious:
        return not_applicable("variables.no_file")
    if missing := [name for name in names if not scene.around.environ.get(name)]:
        return failed("variables.missing", {"variables": len(names), "missing": tuple(missing[:_SHOWN])})
    return ok("variables.in_environment", {"variables": len(names)})


def _written(finding: EnvFinding) -> str:
    """Write a finding as line, name and code: `12 SMTP_PORT: bad_port`."""
    place = f"{finding.line} " if finding.line else ""
    other = f" ({finding.other})" if finding.other else ""
    return f"{place}{finding.name or FILE_NAME}: {finding.fault.value}{other}"


def _source(scene: Scene) -> str:
    if scene.session.secret:
        return "connection"
    if dict(scene.profile.libpq).get("password"):
        return "URL"
    return "PGPASSWORD" if os.environ.get("PGPASSWORD") else ".pgpass"

"""Why a connection failed: libpq's refusal -> one of `core.errors.CONNECTION_CODES`, with facts.

Evidence is asked in this order: the SQLSTATE, the kind of exception and libpq's own flags; then sentences that only one
cause has (libpq's are English here, the server's mostly); then the line itself (see `wire`), which needs no language.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import psycopg

from nexus_studio.core.errors import ConnectionFailed, Fact, ServerReport
from nexus_studio.services.ports import listener_of
from nexus_studio.services.wire import Answer, knock, refusal

_BY_STATE = {
    "28P01": "password_wrong",
    "3D000": "database_missing",
    "53300": "too_many",
    "57P01": "starting_up",
    "57P02": "starting_up",
    "57P03": "starting_up",
    "42501": "not_admitted",
    "28000": "not_admitted",
}

# Only sentences that can mean nothing else. PostgreSQL's and libpq's of versions 12 to 18, and PgBouncer's.
_BY_WORDS = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r'definition of service ".*" not found|service file ".*" not found', "service_missing"),
        (r"no password supplied", "password_missing"),
        (r"FATAL: +password authentication failed|FATAL: +SASL authentication failed", "password_wrong"),
        (r'FATAL: +database ".*" does not exist|FATAL: +no such database', "database_missing"),
        (r'FATAL: +role ".*" does not exist|FATAL: +no such user', "role_missing"),
        (r"FATAL: +connection requires a valid client certificate", "tls_certificate"),
        (r"FATAL: +SSL (?:connection )?(?:is )?required", "tls_required"),
        (r"FATAL: +no pg_hba\.conf entry|FATAL: +pg_hba\.conf rejects", "not_admitted"),
        (r"FATAL: +role \".*\" is not permitted to log in", "not_admitted"),
        (r"FATAL: +\w+ authentication failed for user", "not_admitted"),
        (r"FATAL: +permission denied for database", "not_admitted"),
        (
            r"FATAL: +(?:sorry, too many clients|remaining connection slots|too many connections|no more connections)",
            "too_many",
        ),
        (
            r"FATAL: +the database system is (?:starting|shutting|in recovery|not (?:yet )?accepting)",
            "starting_up",
        ),
        (r"server does not support SSL", "tls_refused"),
        (
            (
                r"certificate verify failed|server certificate for .* does not match host name"
                r"|root certificate file|(?:read|load) (?:root )?certificate file|private key file|but not private key"
                r"|alert (?:unknown ca|bad certificate|certificate required)|may not be used with sslrootcert"
            ),
            "tls_certificate",
        ),
        (r"invalid response to (?:SSL|GSSAPI) negotiation|expected authentication request", "not_postgresql"),
    )
)

_UNENCRYPTED_MODES = frozenset({"disable", "allow", "prefer"})
_ABOUT_THE_PORT = frozenset(
    {"password_wrong", "database_missing", "role_missing", "tls_refused", "timeout", "not_postgresql", "failed"}
)


def diagnose(error: psycopg.Error, parameters: Mapping[str, Any]) -> ConnectionFailed:
    """Find the cause of a failed `psycopg.connect(**parameters)`. May take some seconds and opens bare lines.

    Facts: host, port, user, database, and where the cause has them: service, `reason` (for "not_admitted": "hba",
    "login", "privilege", "method"; for "timeout": "connect", "answer"; for "failed": "closed", "unreachable"), and
    `port_owner`, `port_owner_pid` when a process of this machine owns the port.
    """
    words = _words(error)
    facts = _place(error, parameters)
    code, reason = _cause(error, words, facts, parameters)
    if reason:
        facts["reason"] = reason
    if code == "service_missing":
        facts["service"] = str(parameters.get("service") or os.environ.get("PGSERVICE", ""))
    if code in _ABOUT_THE_PORT and _is_loopback(str(facts["host"])):
        owner = listener_of(int(str(facts["port"])))
        if owner is not None:
            facts.update(port_owner=owner.name, port_owner_pid=owner.pid)
    report = ServerReport(sqlstate=error.sqlstate or "", message=words)
    return ConnectionFailed(f"connection.{code}", report=report, **facts)


def _cause(
    error: psycopg.Error, words: str, facts: Mapping[str, Fact], parameters: Mapping[str, Any]
) -> tuple[str, str]:
    """Return the code without its "connection." and a reason, where the code has several."""
    host, port = str(facts["host"]), int(str(facts["port"]))
    if error.sqlstate in _BY_STATE and error.sqlstate != "28000":
        return _BY_STATE[error.sqlstate], ""
    if error.pgconn is not None and error.pgconn.needs_password:
        return "password_missing", ""
    for pattern, code in _BY_WORDS:
        if pattern.search(words):
            return _admission(words, facts, parameters) if code == "not_admitted" else (code, "")
    answer = knock(host, port)
    by_answer = {
        Answer.REFUSED: ("refused", ""),
        Answer.HOST_NOT_FOUND: ("host_not_found", ""),
        Answer.TIMEOUT: ("timeout", "connect"),
        Answer.SILENT: ("timeout", "answer"),
        Answer.OTHER: ("not_postgresql", ""),
        Answer.CLOSED: ("failed", "closed"),
        Answer.UNREACHABLE: ("failed", "unreachable"),
    }
    if answer in by_answer:
        return by_answer[answer]
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return "timeout", "answer"
    return _by_asking_again(error, facts, parameters, tls=answer is Answer.POSTGRESQL_TLS)


def _by_asking_again(
    error: psycopg.Error, facts: Mapping[str, Fact], parameters: Mapping[str, Any], *, tls: bool
) -> tuple[str, str]:
    """PostgreSQL answers, in words we don't know (another language): ask the bare line for the SQLSTATE."""
    encrypted = tls and parameters.get("sslmode", "prefer") != "disable"
    state = refusal(str(facts["host"]), int(str(facts["port"])), *_who(facts), tls=encrypted)
    if state == "28000":
        return _admission("", facts, parameters)
    if state:
        return _BY_STATE.get(state, "failed"), ""
    if error.pgconn is None or not error.pgconn.used_password:
        return "failed", ""
    # The password was asked for and sent: either it is wrong or what comes after it is. A database that always exists
    # tells the two apart.
    try:
        psycopg.connect(**{**parameters, "dbname": "template1"}).close()
    except psycopg.Error:
        return "password_wrong", ""
    return "database_missing", ""


def _admission(words: str, facts: Mapping[str, Fact], parameters: Mapping[str, Any]) -> tuple[str, str]:
    """Tell "no entry for you" from "no entry for you without encryption": by knocking with encryption."""
    for sign, reason in (("not permitted to log in", "login"), ("permission denied", "privilege")):
        if sign in words:
            return "not_admitted", reason
    if words and "pg_hba.conf" not in words:
        return "not_admitted", "method"
    host, port = str(facts["host"]), int(str(facts["port"]))
    unencrypted = parameters.get("sslmode", "prefer") in _UNENCRYPTED_MODES and "SSL encryption" not in words
    if unencrypted and knock(host, port) is Answer.POSTGRESQL_TLS:
        state = refusal(host, port, *_who(facts), tls=True)
        if state is not None and state != "28000":
            return "tls_required", ""
    return "not_admitted", "hba"


def _who(facts: Mapping[str, Fact]) -> tuple[str, str]:
    return str(facts["user"]), str(facts["database"] or facts["user"])


def _words(error: psycopg.Error) -> str:
    """Return libpq's and the server's words without psycopg's prefix; they never hold a password."""
    if error.pgconn is not None and error.pgconn.error_message:
        return error.pgconn.error_message.decode("utf-8", "replace").strip()
    return str(error).strip()


def _place(error: psycopg.Error, parameters: Mapping[str, Any]) -> dict[str, Fact]:
    """Return where and as whom it was tried: what libpq made of the parameters, else the parameters themselves."""
    tried = error.pgconn
    hosts = str(parameters.get("host") or parameters.get("hostaddr") or os.environ.get("PGHOST") or "")
    ports = str(parameters.get("port") or os.environ.get("PGPORT") or "5432")
    host, port = hosts.rsplit(",", maxsplit=1)[-1], ports.rsplit(",", maxsplit=1)[-1]
    user = str(parameters.get("user") or os.environ.get("PGUSER") or "")
    database = str(parameters.get("dbname") or os.environ.get("PGDATABASE") or "")
    if tried is not None and tried.host:
        host, port = tried.host.decode("utf-8", "replace"), tried.port.decode("ascii") or port
    if tried is not None and tried.user:
        user, database = tried.user.decode("utf-8", "replace"), tried.db.decode("utf-8", "replace")
    return {"host": host, "port": int(port) if port.isdigit() else 5432, "user": user, "database": database}


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")

"""What the parameters of a database URL mean: libpq's own, Prisma's, those of SQLAlchemy's drivers and of JDBC.

Sources: PostgreSQL manual 32.1.2 "Parameter Key Words"; Prisma "PostgreSQL connector, arguments"; SQLAlchemy dialects
psycopg, psycopg2 and asyncpg; pgJDBC "Initializing the Driver".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from nexus_studio.core.errors import InvalidUrl

NO_POOL_TIMEOUT_S = 86_400.0
"""Prisma's `pool_timeout=0` means "wait without limit": a day is that for a window, and every pool can count it."""

SECRET_PARAMETERS = frozenset(
    {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
)
"""libpq parameters that are secrets: used for the session, never written to a file."""

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_INTEGERS = frozenset(
    {"connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}
)

# Parameters of libpq 12 and later that make sense for a window. `client_encoding` is the driver's business and
# `replication` would open another kind of connection, so neither is passed on.
LIBPQ_PARAMETERS = frozenset(
    {
        *_INTEGERS, *SECRET_PARAMETERS, "application_name", "channel_binding", "fallback_application_name",
        "gssdelegation", "gssencmode", "gsslib", "hostaddr", "krbsrvname", "load_balance_hosts",
        "max_protocol_version", "min_protocol_version", "oauth_client_id", "oauth_issuer", "oauth_scope", "options",
        "passfile", "require_auth", "requirepeer", "service", "ssl_max_protocol_version", "ssl_min_protocol_version",
        "sslcert", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslmode", "sslnegotiation",
        "sslrootcert", "sslsni", "target_session_attrs",
    }
)  # fmt: skip

# Other names for a libpq parameter.
_SAME_AS = {
    "ApplicationName": "application_name",  # JDBC
    "loginTimeout": "connect_timeout",  # JDBC
    "timeout": "connect_timeout",  # asyncpg
    "targetServerType": "target_session_attrs",  # JDBC
}

# Known to other programs and without an equal here.
_WITHOUT_MEANING = frozenset(
    {
        "binaryTransfer", "client_encoding", "command_timeout", "connection_timeout", "max_cached_statement_lifetime",
        "max_cacheable_statement_size", "max_idle_connection_lifetime", "prepared_statement_cache_size",
        "prepared_statement_name_func", "replication", "reWriteBatchedInserts", "server_settings", "socketTimeout",
        "socket_timeout", "sslfactory", "sslidentity", "stringtype", "tcpKeepAlive", "uselibpqcompat",
    }
)  # fmt: skip

_PRISMA_ONLY = frozenset(
    {"connection_limit", "pool_timeout", "pgbouncer", "sslaccept", "sslidentity", "socket_timeout"}
)
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


@dataclass(frozen=True, slots=True)
class UrlWarning:
    """A parameter that was not used as it stands.

    Codes: "url.parameter_unknown" (nobody knows it), "url.parameter_without_meaning" (another program's, no equal
    here), "url.value_invalid" (its value can't be used), "url.secret_not_saved" (used now, never written to a file).
    """

    code: str
    parameter: str


@dataclass(slots=True)
class Meaning:
    """What a set of parameters comes to; filled by `understand`."""

    libpq: dict[str, str] = field(default_factory=dict)
    warnings: list[UrlWarning] = field(default_factory=list)
    schema: str = "public"
    public_given: bool = False
    pool_size: int | None = None
    pool_timeout: float | None = None
    pooler: bool = False

    def warn(self, code: str, parameter: str) -> None:
        """Note a warning about one parameter."""
        self.warnings.append(UrlWarning(f"url.{code}", parameter))


def understand(parameters: Mapping[str, str]) -> Meaning:
    """Give each parameter its meaning; what has none is warned of and left out.

    Raises:
        InvalidUrl: when `sslmode` is none of libpq's: guessing would lower the protection that was asked for.
    """
    found = Meaning()
    for name, value in parameters.items():
        name = _SAME_AS.get(name, name)  # noqa: PLW2901 - the same parameter under libpq's name
        if name in _RULES:
            _RULES[name](found, value)
        elif name in LIBPQ_PARAMETERS:
            _libpq(found, name, value)
        else:
            found.warn("parameter_without_meaning" if name in _WITHOUT_MEANING else "parameter_unknown", name)
    _prisma_certificates(found, parameters)
    return found


def _libpq(found: Meaning, name: str, value: str) -> None:
    if not value:
        return
    if name == "connect_timeout" and _is_number(value):
        value = str(max(1, round(float(value)))) if float(value) > 0 else "0"
    if name in _INTEGERS and not value.lstrip("-").isdigit():
        found.warn("value_invalid", name)
        return
    if name == "target_session_attrs":
        value = {"primary": "primary", "secondary": "standby", "preferSecondary": "prefer-standby"}.get(value, value)
    if name in SECRET_PARAMETERS:
        found.warn("secret_not_saved", name)
    found.libpq[name] = value


def _sslmode(found: Meaning, value: str) -> None:
    if not value:
        return
    value = {"no-verify": "require"}.get(value, value)  # node-postgres: encrypted, not verified
    if value not in SSL_MODES:
        raise InvalidUrl(reason="value", part="sslmode")
    found.libpq["sslmode"] = value


def _ssl(found: Meaning, value: str) -> None:
    """`ssl` of asyncpg (a mode or a truth value), JDBC and node-postgres (a truth value)."""
    if value.lower() in _TRUE or not value:
        found.libpq.setdefault("sslmode", "require")
    elif value.lower() in _FALSE:
        found.libpq.setdefault("sslmode", "disable")
    else:
        _sslmode(found, value)


def _sslaccept(found: Meaning, value: str) -> None:
    """Prisma's: strict checks chain and name against the system's authorities, accept_invalid_certs only encrypts."""
    if value not in {"strict", "accept_invalid_certs"}:
        found.warn("value_invalid", "sslaccept")


def _schema(found: Meaning, value: str) -> None:
    if value:
        found.schema, found.public_given = value, value == "public"


def _connection_limit(found: Meaning, value: str) -> None:
    if value.isdigit() and int(value) > 0:
        found.pool_size = int(value)
    else:
        found.warn("value_invalid", "connection_limit")


def _pool_timeout(found: Meaning, value: str) -> None:
    if _is_number(value) and float(value) >= 0:
        found.pool_timeout = float(value) or NO_POOL_TIMEOUT_S
    else:
        found.warn("value_invalid", "pool_timeout")


def _pgbouncer(found: Meaning, value: str) -> None:
    if value.lower() in _TRUE:
        found.pooler = True
    elif value.lower() not in _FALSE:
        found.warn("value_invalid", "pgbouncer")


def _no_prepared(name: str, found: Meaning, value: str) -> None:
    """Prepared statements switched off: what people write when a transaction pooler stands between."""
    if value in {"0", "None"}:
        found.pooler = True
    else:
        found.warn("parameter_without_meaning", name)


_RULES: dict[str, Callable[[Meaning, str], None]] = {
    "sslmode": _sslmode,
    "ssl": _ssl,
    "sslaccept": _sslaccept,
    "schema": _schema,
    "currentSchema": _schema,  # JDBC
    "connection_limit": _connection_limit,
    "pool_timeout": _pool_timeout,
    "pgbouncer": _pgbouncer,
    "statement_cache_size": partial(_no_prepared, "statement_cache_size"),
    "prepareThreshold": partial(_no_prepared, "prepareThreshold"),
    "prepare_threshold": partial(_no_prepared, "prepare_threshold"),
}


def _prisma_certificates(found: Meaning, parameters: Mapping[str, str]) -> None:
    """Settle what depends on several parameters: Prisma's `sslaccept`, and its `sslcert`, which is the authority's."""
    is_prisma = not _PRISMA_ONLY.isdisjoint(parameters)
    if is_prisma and "sslcert" in found.libpq and "sslkey" not in found.libpq and "sslrootcert" not in found.libpq:
        found.libpq["sslrootcert"] = found.libpq.pop("sslcert")
    if found.libpq.get("sslmode") == "disable":
        return
    if parameters.get("sslaccept") == "strict":
        found.libpq["sslmode"] = "verify-full"
        found.libpq.setdefault("sslrootcert", "system")
    elif parameters.get("sslaccept") == "accept_invalid_certs":
        found.libpq["sslmode"] = "require"
        # libpq's require would verify as soon as it has an authority's certificate (manual 32.19.1)
        found.libpq.pop("sslrootcert", None)


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit() and value.isascii()

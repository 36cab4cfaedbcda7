"""Database URLs as libpq, SQLAlchemy, Prisma and JDBC write them, read into a profile; and a profile as a URL."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, unquote_plus

from nexus_studio.core.errors import InvalidUrl
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.url_parameters import (
    NO_POOL_TIMEOUT_S,
    SECRET_PARAMETERS,
    UrlWarning,
    understand,
)

DEFAULT_PORT = 5432
_HIGHEST_PORT = 65_535

_SCHEME = re.compile(r"(?P<jdbc>jdbc:)?(?P<base>[a-z][a-z0-9.-]*)(?:\+(?P<driver>[a-z0-9_]+))?:(?://)?", re.IGNORECASE)
_AFTER_SCHEME = re.compile(r"(?P<authority>[^/?]*)(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?", re.DOTALL)
_PAIR = re.compile(
    r"\s*(?P<key>\w+)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<plain>(?!')(?:[^\s\\]|\\.)*))", re.DOTALL
)
_KEYWORD_STRING = re.compile(r"\s*\w+\s*=")

# Names that are nobody's production: reserved names (RFC 6762, RFC 8375, RFC 2606) and containers' host names.
_PRIVATE_ENDINGS = (".local", ".localhost", ".lan", ".home.arpa", ".internal", ".test", ".example", ".invalid")
_REHEARSAL = re.compile(r"(?:^|[^a-z])(?:dev|development|test|testing|staging|stage|ci|qa|preview|sandbox)(?:[^a-z]|$)")


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """A URL understood: the profile without secrets of its own, the password (None when there is none), warnings."""

    profile: ConnectionProfile
    secret: str | None
    warnings: tuple[UrlWarning, ...]

    def __repr__(self) -> str:
        return f"ParsedUrl({self.profile.place})"


def profile_from_url(url: str, *, name: str = "", environment: Environment = Environment.DEVELOPMENT) -> ParsedUrl:
    """Read a URL or a libpq keyword string (`host=… dbname=…`). An empty `name` becomes the place it leads to.

    Quotes and white space around it, as pasted from an .env file, are taken off.

    Raises:
        InvalidUrl: facts `reason` ("empty", "scheme", "placeholder", "port", "encoding", "unencoded", "syntax",
            "value") and `part`; neither the URL nor the password is ever in it.
    """
    text = _bare(url)
    if not text:
        raise InvalidUrl(reason="empty", part="url")
    parameters = _keywords(text) if _KEYWORD_STRING.match(text) else _uri(text)
    if any("\0" in value for value in parameters.values()):
        raise InvalidUrl(reason="encoding", part="url")
    return _parsed(parameters, name, environment)


def url_of(profile: ConnectionProfile) -> str:
    """Write a profile as a libpq URL for display and for copying: without any secret, and `schema` as Prisma has it.

    `profile_from_url(url_of(profile))` gives the same server, database, user and parameters again.
    """
    user = f"{quote(profile.user, safe='')}@" if profile.user else ""
    query = {name: value for name, value in profile.libpq if name not in SECRET_PARAMETERS}
    ports = query.pop("port", str(profile.port)).split(",")
    if not profile.host or profile.host.startswith("/"):
        authority = user
        if profile.host:
            query = {"host": profile.host, **query}
        if ports != [str(DEFAULT_PORT)]:
            query["port"] = ",".join(ports)
    else:
        hosts = profile.host.split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        authority = user + ",".join(f"{_host_text(host)}:{port}" for host, port in zip(hosts, ports, strict=False))
    if profile.schema and (profile.schema != "public" or profile.public_given):
        query["schema"] = profile.schema
    if profile.pool_size is not None:
        query["connection_limit"] = str(profile.pool_size)
    if profile.pool_timeout is not None:
        query["pool_timeout"] = "0" if profile.pool_timeout >= NO_POOL_TIMEOUT_S else f"{profile.pool_timeout:g}"
    if profile.pooler:
        query["pgbouncer"] = "true"
    tail = "&".join(f"{key}={quote(value, safe='/,')}" for key, value in query.items())
    return f"postgresql://{authority}/{quote(profile.database, safe='')}" + (f"?{tail}" if tail else "")


def looks_like_production(profile: ConnectionProfile) -> bool:
    """Guess whether a server is a real one: reached over the network, not private, and not named as a rehearsal.

    Used to propose the environment of a new profile; the person decides.
    """
    return any(_is_public(host, profile.database) for host in _servers(profile))


def is_rehearsal(profile: ConnectionProfile) -> bool:
    """Tell whether a database or its server is named as one to try things on: `shop_dev`, `staging.example.org`."""
    return any(_is_rehearsal(host, profile.database) for host in _servers(profile))


def _servers(profile: ConnectionProfile) -> tuple[str, ...]:
    """Return the names that a connection may lead to; of a socket's folder "": its path names no server."""
    hosts = (host.strip().lower().rstrip(".") for host in profile.host.split(","))
    return tuple("" if host.startswith(("/", "@")) else host for host in hosts)


def _is_public(host: str, database: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_private
    except ValueError:
        pass
    return "." in host and not host.endswith(_PRIVATE_ENDINGS) and not _is_rehearsal(host, database)


def _is_rehearsal(host: str, database: str) -> bool:
    name = host.rpartition(".")[0] or host  # anybody's production may be below .dev
    return bool(_REHEARSAL.search(name) or _REHEARSAL.search(database.lower()))


def _bare(url: str) -> str:
    text = url.strip()
    text = re.sub(r"^(?:export\s+)?[A-Z][A-Z0-9_]*_URL\s*=\s*", "", text)  # a whole line of an .env file
    for sign in ('"', "'", "`"):
        if len(text) > 1 and text.startswith(sign) and text.endswith(sign):
            text = text[1:-1].strip()
    return text


def _uri(text: str) -> dict[str, str]:
    """Take a URI apart into libpq's keywords plus whatever its query holds."""
    scheme = _SCHEME.match(text)
    base = scheme["base"].lower() if scheme else ""
    if scheme is None or base not in {"postgresql", "postgres"} or not scheme[0].endswith("//"):
        raise InvalidUrl(reason="scheme", part="url")
    if "${" in text or "{{" in text or re.search(r"[@/:]\$[A-Za-z_]", text):
        raise InvalidUrl(reason="placeholder", part="url")
    parts = _AFTER_SCHEME.fullmatch(text, scheme.end())
    if parts is None:
        raise InvalidUrl(reason="syntax", part="url")
    userinfo, _, hosts = parts["authority"].rpartition("@")
    if "@" in (parts["database"] or "") and not userinfo:
        # a password with an unencoded / or ? ends the authority too early
        raise InvalidUrl(reason="unencoded", part="password")
    user, _, password = userinfo.partition(":")
    found = {"user": _decoded(user, "user"), "password": _decoded(password, "password")}
    found["host"], found["port"] = _hosts(hosts)
    found["dbname"] = _decoded(parts["database"] or "", "database")
    form = bool(scheme["driver"] or scheme["jdbc"])  # these decode + as a space, libpq does not
    found.update(_query(parts["query"] or "", form=form))
    return found


def _hosts(text: str) -> tuple[str, str]:
    """Split `a:1,b:2` into libpq's parallel lists "a,b" and "1,2"; the port list is empty when none is given."""
    hosts, ports = [], []
    for item in text.split(","):
        found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(.*))?", item)
        if found is None:
            raise InvalidUrl(reason="syntax", part="host")
        hosts.append(_decoded(found[1].strip("[]"), "host"))
        ports.append(found[2] or "")
    return ",".join(hosts), ",".join(port or str(DEFAULT_PORT) for port in ports) if any(ports) else ""


def _query(text: str, *, form: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in filter(None, text.split("&")):
        raw_key, _, raw = item.partition("=")
        key = _decoded(raw_key, "parameter")
        value = _decoded(raw, key if re.fullmatch(r"\w+", key) else "parameter", form=form)
        if key == "host" and not value.startswith("/"):
            # SQLAlchemy writes several hosts as host=a:1&host=b:2
            host, port = _hosts(value)
            found["host"] = f"{found['host']},{host}" if found.get("host") else host
            if port:
                found["port"] = f"{found['port']},{port}" if found.get("port") else port
        elif value or key not in {"host", "port", "user", "password", "dbname"}:
            found[key] = value
    return found


def _keywords(text: str) -> dict[str, str]:
    """Read libpq's `key = value` form (manual 32.1.1.1): quotes around values, backslash before quote and backslash."""
    found: dict[str, str] = {}
    position = 0
    text = text.rstrip()
    while position < len(text):
        pair = _PAIR.match(text, position)
        if pair is None or (pair.end() < len(text) and not text[pair.end()].isspace()):
            raise InvalidUrl(reason="syntax", part="keywords")
        value = pair["quoted"] if pair["quoted"] is not None else pair["plain"]
        found[pair["key"]] = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        position = pair.end()
    return found


def _parsed(parameters: dict[str, str], name: str, environment: Environment) -> ParsedUrl:
    rest = dict(parameters)
    host, port = rest.pop("host", ""), rest.pop("port", "")
    user, secret, database = rest.pop("user", ""), rest.pop("password", ""), rest.pop("dbname", "")
    ports = [_port(item) for item in port.split(",")] if port else [DEFAULT_PORT]
    if not host and "hostaddr" in rest:
        host = rest.pop("hostaddr")
    meaning = understand(rest)
    if len(set(ports)) > 1:
        meaning.libpq["port"] = ",".join(str(item) for item in ports)
    profile = ConnectionProfile(
        name=name,
        host=host,
        port=ports[0],
        database=database,
        user=user,
        environment=environment,
        schema=meaning.schema,
        public_given=meaning.public_given,
        libpq=tuple(meaning.libpq.items()),
        pool_size=meaning.pool_size,
        pool_timeout=meaning.pool_timeout,
        pooler=meaning.pooler,
    )
    if not name:
        profile = _named(profile)
    return ParsedUrl(profile, secret or None, tuple(meaning.warnings))


def _named(profile: ConnectionProfile) -> ConnectionProfile:
    service = dict(profile.libpq).get("service", "")
    name = service if service and not profile.host else profile.place
    return replace(profile, name=name)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= _HIGHEST_PORT:
        raise InvalidUrl(reason="port", part="port")
    return int(text)


def _decoded(text: str, part: str, *, form: bool = False) -> str:
    try:
        return unquote_plus(text, errors="strict") if form else unquote(text, errors="strict")
    except UnicodeDecodeError:
        pass
    raise InvalidUrl(reason="encoding", part=part)  # outside: the decoder's exception quotes the text


def _host_text(host: str) -> str:
    return f"[{host}]" if ":" in host else quote(host, safe="")

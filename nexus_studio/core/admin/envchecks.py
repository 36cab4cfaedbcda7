"""What is wrong with a project's `.env`: missing, malformed, unknown variables, default passwords and the like.

Findings are codes with names and line numbers. A value is never part of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.envfiles import EnvLine, EnvText, references
from nexus_studio.core.admin.envsecrets import DEFAULT_PASSWORDS, is_secret
from nexus_studio.core.errors import InvalidUrl
from nexus_studio.core.urls import ParsedUrl, looks_like_production, profile_from_url

URL: Final = "DATABASE_URL"
_PLACEHOLDER = re.compile(
    r"<[^<>]+>|\[[^\[\]]+\]|(?:your|my)[-_ ].+|change[-_ ]?me.*|replace[-_ ]?me.*|to[-_ ]?do|x{3,}|\.{3}|…",
    re.IGNORECASE,
)
_PORT_NAME = re.compile(r"(?:^|_)PORT$")
_HIGHEST_PORT = 65_535


class Severity(Enum):
    """How bad a finding is: an ERROR keeps something from working or stands open; a WARNING should be looked at."""

    ERROR = "error"
    WARNING = "warning"


class Fault(Enum):
    """What can be wrong."""

    MISSING = "missing"  # the example has it, the file does not
    EMPTY = "empty"  # it has no value, and the example's has one
    MALFORMED = "malformed"  # a line that is no assignment
    DUPLICATE = "duplicate"  # set twice: the last one counts
    UNKNOWN = "unknown"  # neither the example nor the compose file knows it
    PLACEHOLDER = "placeholder"  # "changeme" was never changed
    DEFAULT_PASSWORD = "default_password"  # noqa: S105 - the example's, or one that everybody tries first
    UNSET_REFERENCE = "unset_reference"  # it refers to a variable that nobody sets; fact `other`
    BAD_URL = "bad_url"  # fact `other`: the reason
    BAD_PORT = "bad_port"
    DISAGREES = "disagrees"  # the URL leads to this machine, but not to what `other` says
    SHADOWED = "shadowed"  # the environment has it too, with another value, and goes before the file
    READABLE = "readable"  # others on this machine may read the file


_WARNINGS: Final = frozenset(
    {Fault.DUPLICATE, Fault.UNKNOWN, Fault.DEFAULT_PASSWORD, Fault.DISAGREES, Fault.SHADOWED, Fault.READABLE}
)


@dataclass(frozen=True, slots=True)
class EnvFinding:
    """One thing that is wrong. `name` is the variable ("" for a line that has none), `line` its line, 0 for none."""

    fault: Fault
    name: str = ""
    line: int = 0
    other: str = ""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """One variable of the file or its example. `raw` is its value as written, None where the file does not set it."""

    name: str
    raw: str | None = field(repr=False)
    example: str | None = field(repr=False)
    comment: str = ""
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class EnvReport:
    """A folder's `.env`: its entries in order, those that only the example has behind the one they follow there.

    `text` is the file as it was read, None where there is no file: what is saved later is refused if it changed.
    `url_place` is where DATABASE_URL leads ("" without one), never with a password.
    """

    folder: Path
    file: Path
    example: Path | None
    entries: tuple[EnvEntry, ...]
    findings: tuple[EnvFinding, ...]
    text: str | None = field(repr=False)
    url_place: str = ""

    @property
    def exists(self) -> bool:
        """Whether there is a file."""
        return self.text is not None

    @property
    def has_errors(self) -> bool:
        """Whether something has to be mended."""
        return any(each.severity is Severity.ERROR for each in self.findings)

    def findings_of(self, name: str) -> tuple[EnvFinding, ...]:
        """Return what is wrong with one variable."""
        return tuple(each for each in self.findings if each.name == name)


def check_env(
    file: EnvText, example: EnvText | None, environ: Mapping[str, str], known: frozenset[str] = frozenset()
) -> tuple[EnvFinding, ...]:
    """Look a file through, in the order of its lines; what is missing comes last.

    Args:
        file: The file.
        example: The file that says which variables there are; None where there is none, and nothing is unknown then.
        environ: The process's environment.
        known: Variables that something else asks for (the compose file).
    """
    values = file.values(environ)
    found = [*_broken(file), *_values(file, example, values, environ), *_url(file, example, values)]
    if example is not None:
        may_be = {*example.names, *known, URL}
        found += [EnvFinding(Fault.UNKNOWN, name) for name in file.names if name not in may_be]
        found += [EnvFinding(Fault.MISSING, name) for name in example.names if file.raw(name) is None]
    lines = {name: line.number for name in file.names if (line := file.line(name)) is not None}
    is_production = _is_production(values)
    placed = [
        replace(each, line=each.line or lines.get(each.name, 0), severity=_severity(each.fault, is_production))
        for each in found
    ]
    return tuple(sorted(placed, key=lambda each: each.line or len(file.text)))


def entries_of(file: EnvText, example: EnvText | None) -> tuple[EnvEntry, ...]:
    """Return the variables of a file and its example, with the comment that explains each."""
    names = list(file.names)
    for name in example.names if example is not None else ():
        if name not in names:
            before = example.names[: example.names.index(name)] if example is not None else ()
            places = [names.index(other) + 1 for other in before if other in names]
            names.insert(max(places, default=0), name)
    entries = []
    for name in names:
        raw = file.raw(name)
        sample = example.raw(name) if example is not None else None
        comment = (example.comment_of(name) if example is not None else "") or file.comment_of(name)
        shown = raw if raw is not None else sample or ""
        entries.append(EnvEntry(name, raw, sample, comment, is_secret(name, shown)))
    return tuple(entries)


def url_of_env(values: Mapping[str, str]) -> ParsedUrl | None:
    """Read DATABASE_URL of filled-in values; None where there is none or it can't be read."""
    try:
        return profile_from_url(values.get(URL, ""))
    except InvalidUrl:
        return None


def has_default_password(example: EnvText, name: str) -> bool:
    """Tell whether a variable of an example is a password that must be another one, or is left open."""
    raw = example.raw(name) or ""
    return _is_password(name) and not references(raw)


def _broken(file: EnvText) -> Iterator[EnvFinding]:
    seen: set[str] = set()
    for line in file.lines:
        if line.is_broken or (line.name is not None and line.value is None):
            yield EnvFinding(Fault.MALFORMED, line.name or "", line.number)
        if line.name is not None and line.name in seen:
            yield EnvFinding(Fault.DUPLICATE, line.name, line.number)
        seen.add(line.name or "")


def _values(
    file: EnvText, example: EnvText | None, values: Mapping[str, str], environ: Mapping[str, str]
) -> Iterator[EnvFinding]:
    for name in file.names:
        line = file.line(name)
        if line is None or line.value is None:
            continue
        sample = example.raw(name) if example is not None else None
        if not line.value:
            if sample or name == URL:
                yield EnvFinding(Fault.EMPTY, name)
            continue
        yield from _unset(file, line, environ)
        if environ.get(name, values[name]) != values[name]:
            yield EnvFinding(Fault.SHADOWED, name)
        if _PLACEHOLDER.fullmatch(line.value):
            yield EnvFinding(Fault.PLACEHOLDER, name)
        elif name != URL and _is_password(name) and _is_default(values[name], sample, values.get("POSTGRES_USER")):
            yield EnvFinding(Fault.DEFAULT_PASSWORD, name)
        elif _PORT_NAME.search(name) and not _is_port(values[name]):
            yield EnvFinding(Fault.BAD_PORT, name)


def _unset(file: EnvText, line: EnvLine, environ: Mapping[str, str]) -> Iterator[EnvFinding]:
    """Find what a value refers to and nobody has set by then: it is filled in with nothing."""
    if line.name is None or line.value is None or line.is_literal:
        return
    set_above = {other.name for other in file.lines[: file.lines.index(line)]}
    for other in sorted(references(line.value, only_bare=True) - set_above - set(environ)):
        yield EnvFinding(Fault.UNSET_REFERENCE, line.name, other=other)


def _url(file: EnvText, example: EnvText | None, values: Mapping[str, str]) -> Iterator[EnvFinding]:
    raw = file.raw(URL) or ""
    if not values.get(URL, "").strip() or _PLACEHOLDER.fullmatch(raw):
        return
    try:
        parsed = profile_from_url(values[URL])
    except InvalidUrl as error:
        yield EnvFinding(Fault.BAD_URL, URL, other=str(error.facts.get("reason", "")))
        return
    line = file.line(URL)
    refers = line is not None and not line.is_literal and any(map(_is_password, references(raw)))
    sample = url_of_env(example.values({})) if example is not None else None
    if (
        not refers
        and parsed.secret
        and _is_default(parsed.secret, sample.secret if sample else None, parsed.profile.user)
    ):
        yield EnvFinding(Fault.DEFAULT_PASSWORD, URL)
    if parsed.profile.is_local and not parsed.profile.host.startswith("/"):
        said = {
            "POSTGRES_PORT": str(parsed.profile.port),
            "POSTGRES_USER": parsed.profile.user,
            "POSTGRES_DB": parsed.profile.database,
            "POSTGRES_PASSWORD": parsed.secret or "",
        }
        for name, value in said.items():
            if values.get(name) and values[name] != value:
                yield EnvFinding(Fault.DISAGREES, URL, other=name)


def _is_production(values: Mapping[str, str]) -> bool:
    parsed = url_of_env(values)
    return parsed is not None and looks_like_production(parsed.profile)


def _severity(fault: Fault, is_production: bool) -> Severity:
    """Say how bad a fault is; a default password is no matter of taste where the URL leads to production."""
    if fault not in _WARNINGS or (is_production and fault is Fault.DEFAULT_PASSWORD):
        return Severity.ERROR
    return Severity.WARNING


def _is_password(name: str) -> bool:
    return bool(re.search(r"(?:PASSWORD|PASSWD|PASS|PWD|SECRET)$", name, re.IGNORECASE))


def _is_default(value: str, sample: str | None, user: str | None) -> bool:
    return bool(value) and (value in {sample, user} or value.lower() in DEFAULT_PASSWORDS)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _HIGHEST_PORT

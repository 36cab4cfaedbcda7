"""Readiness: the lines of the deployment checklist, what a look at one of them found, and all of it as one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from nexus_studio.core.profiles import Environment

Value = str | int | float | bool | datetime | tuple[str, ...] | None
"""What a piece of evidence may be. Its name says the unit: `size_bytes`, `time_ms`, `age_hours`, `used_percent`."""

Evidence = Mapping[str, Value]
_NOTHING: Final[Evidence] = MappingProxyType({})

READY: Final = 0
WARNINGS: Final = 1
NOT_READY: Final = 2

SERIOUS: Final = frozenset({Environment.STAGING, Environment.PRODUCTION})
"""Where everything is asked. Elsewhere what only a deployed database must have does not count."""


class Verdict(Enum):
    """How one line of the checklist stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be looked at: a privilege is missing, a program, an answer."""

    NOT_APPLICABLE = "not_applicable"
    """It is not asked of this database."""


class Subject(Enum):
    """What a line is about; the order of a report."""

    CONNECTION = "connection"
    SECRETS = "secrets"
    SCHEMA = "schema"
    SAFETY = "safety"
    LOAD = "load"
    SERVER = "server"


class Cure(Enum):
    """What a remedy is."""

    PANEL = "panel"
    """Go to a panel, by its id."""

    STEP = "step"
    """A step of the window, by its id ("connection.edit")."""

    COPY = "copy"
    """A statement or a command, to be looked at and run by whoever knows."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist. `id` is what `doctor --only` takes, and the beginning of every reason's code."""

    id: str
    subject: Subject


CHECKS: Final[tuple[Check, ...]] = (
    Check("url", Subject.CONNECTION),
    Check("tls", Subject.CONNECTION),
    Check("exposure", Subject.CONNECTION),
    Check("health", Subject.CONNECTION),
    Check("password", Subject.SECRETS),
    Check("role", Subject.SECRETS),
    Check("env_file", Subject.SECRETS),
    Check("variables", Subject.SECRETS),
    Check("migrations", Subject.SCHEMA),
    Check("models", Subject.SCHEMA),
    Check("sequences", Subject.SCHEMA),
    Check("indexes", Subject.SCHEMA),
    Check("backup", Subject.SAFETY),
    Check("wraparound", Subject.SAFETY),
    Check("statements", Subject.LOAD),
    Check("slow_log", Subject.LOAD),
    Check("connections", Subject.LOAD),
    Check("pool", Subject.LOAD),
    Check("version", Subject.SERVER),
    Check("encoding", Subject.SERVER),
    Check("time_zone", Subject.SERVER),
    Check("collation", Subject.SERVER),
)
"""All of them, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What helps, where one thing does. `what` is an id, or the text to copy."""

    cure: Cure
    what: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one line.

    `reason` is a code such as "tls.unverified"; `evidence` are names and what was seen, in the order to show them: no
    secrets, no rows. `took_ms` is how long the look took.
    """

    verdict: Verdict
    reason: str
    evidence: tuple[tuple[str, Value], ...] = ()
    remedy: Remedy | None = None
    took_ms: float = 0

    @property
    def check(self) -> str:
        """The id of the check."""
        return self.reason.partition(".")[0]

    @property
    def is_fault(self) -> bool:
        """Whether somebody has to do something, or to look."""
        return self.verdict in {Verdict.FAILED, Verdict.WARNING, Verdict.UNKNOWN}

    def value(self, name: str) -> Value:
        """Return a piece of evidence; None where there is none of that name."""
        return dict(self.evidence).get(name)


@dataclass(frozen=True, slots=True)
class ReadinessReport:
    """All findings of one look at a database, in the order of `CHECKS`. `place` has neither user nor password."""

    place: str
    database: str
    environment: Environment
    server_version: str
    made_at: datetime
    tool: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict: FAILED, WARNING or OK. What could not be looked at counts as a warning."""
        found = {each.verdict for each in self.findings}
        if Verdict.FAILED in found:
            return Verdict.FAILED
        return Verdict.WARNING if found & {Verdict.WARNING, Verdict.UNKNOWN} else Verdict.OK

    @property
    def exit_code(self) -> int:
        """0: ready; 1: with warnings; 2: not ready."""
        return {Verdict.FAILED: NOT_READY, Verdict.WARNING: WARNINGS}.get(self.verdict, READY)

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What somebody has to do something about."""
        return tuple(each for each in self.findings if each.is_fault)

    def count(self, verdict: Verdict) -> int:
        """Return how many lines have a verdict."""
        return Counter(each.verdict for each in self.findings)[verdict]


def ok(reason: str, evidence: Evidence = _NOTHING) -> Finding:
    """Return a finding: all is well."""
    return Finding(Verdict.OK, reason, tuple(evidence.items()))


def warning(reason: str, evidence: Evidence = _NOTHING, remedy: Remedy | None = None) -> Finding:
    """Return a finding: it works, and should be better."""
    return Finding(Verdict.WARNING, reason, tuple(evidence.items()), remedy)


def failed(reason: str, evidence: Evidence = _NOTHING, remedy: Remedy | None = None) -> Finding:
    """Return a finding: it must not stay so."""
    return Finding(Verdict.FAILED, reason, tuple(evidence.items()), remedy)


def unknown(reason: str, evidence: Evidence = _NOTHING, remedy: Remedy | None = None) -> Finding:
    """Return a finding: it could not be looked at."""
    return Finding(Verdict.UNKNOWN, reason, tuple(evidence.items()), remedy)


def not_applicable(reason: str, evidence: Evidence = _NOTHING) -> Finding:
    """Return a finding: it is not asked here."""
    return Finding(Verdict.NOT_APPLICABLE, reason, tuple(evidence.items()))


def named(ids: Iterable[str]) -> tuple[Check, ...]:
    """Return the checks of these ids in their own order, all where none is named.

    Raises:
        KeyError: there is no check of that id.
    """
    wanted = tuple(ids)
    known = {each.id for each in CHECKS}
    for each in wanted:
        if each not in known:
            raise KeyError(each)
    return tuple(each for each in CHECKS if each.id in wanted or not wanted)

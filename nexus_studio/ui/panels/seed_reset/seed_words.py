"""What seeds are called for people: kinds, where they run, what stands against one, what a run did. Context "seeds"."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.seeds import SeedKind, SeedProblem, SeedReport, SeedSpec
from nexus_studio.core.profiles import Environment
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.kit.wording_seeds import SEED_FAULTS
from nexus_studio.ui.panels.seed_reset.counts import Counts

SEED_ACT = "seed.run"
_SECOND = 1000.0


def kind_word(kind: SeedKind) -> str:
    """Name what a seed is made of."""
    words = {
        SeedKind.PYTHON: QCoreApplication.translate("seeds", "Python"),
        SeedKind.SQL: QCoreApplication.translate("seeds", "SQL"),
        SeedKind.CSV: QCoreApplication.translate("seeds", "CSV files"),
    }
    return words[kind]


def places_words(seed: SeedSpec) -> str:
    """Say where a seed may run."""
    names = [environment_name(each) for each in Environment if each in seed.environments]
    said = QCoreApplication.translate("seeds", "Runs in: {environments}")
    return said.format(environments=", ".join(names) or "–")


def twice_words(seed: SeedSpec) -> str:
    """Say what running it again does."""
    if seed.idempotent:
        return QCoreApplication.translate("seeds", "Running it twice changes nothing")
    return QCoreApplication.translate("seeds", "Running it twice may add rows twice")


def problem_words(problem: SeedProblem) -> str:
    """Say why something can't be offered."""
    return QCoreApplication.translate("seeds", SEED_FAULTS[problem.fault]).format(subject=problem.subject)


def obstacle(seed: SeedSpec | None, session: Session | None) -> str:
    """Say what stands against running a seed; empty when it can be done."""
    if session is None or seed is None:
        return QCoreApplication.translate("seeds", "Choose a seed first.")
    environment = session.profile.environment
    if rail(act(SEED_ACT), environment) is Rail.REFUSED:
        return QCoreApplication.translate("seeds", "No seed runs in staging and production.")
    if session.is_read_only:
        return QCoreApplication.translate("seeds", "This connection is read-only.")
    if environment not in seed.environments:
        said = QCoreApplication.translate("seeds", "This connection is marked {environment}, where it may not run.")
        return said.format(environment=environment_name(environment))
    return ""


def trial_obstacle(seed: SeedSpec | None, session: Session | None) -> str:
    """Say what stands against trying a seed; empty when it can be done."""
    if against := obstacle(seed, session):
        return against
    if seed is not None and not seed.takes_connection:
        return QCoreApplication.translate(
            "seeds", "It can't be tried: it takes no connection, so that nothing it writes could be taken back."
        )
    return ""


def headline(report: SeedReport) -> str:
    """Say in one line what a run did, or would do."""
    if report.is_empty:
        if report.is_dry_run:
            return QCoreApplication.translate("seeds", "It would change nothing: all of it is there")
        return QCoreApplication.translate("seeds", "Nothing was changed: all of it was there already")
    others = sum(each.updated + each.deleted for each in report.tables)
    adds = bool(report.total) or not others
    rows = report.total if adds else others
    if report.is_dry_run and adds:
        said = Counts().would_add(rows)
    elif report.is_dry_run:
        said = Counts().would_change(rows)
    elif adds:
        said = Counts().added(rows)
    else:
        said = Counts().changed(rows)
    return said


def remarks(report: SeedReport) -> tuple[str, ...]:
    """Say what else there is to know of a run."""
    found = [QCoreApplication.translate("seeds", "It took {time}.").format(time=seconds(report.duration_ms))]
    if report.is_dry_run:
        found.insert(0, QCoreApplication.translate("seeds", "This was a dry run: all of it was taken back."))
    if report.sequences:
        said = Counts().sequences(len(report.sequences))
        found.append(said.format(names=", ".join(map(str, report.sequences))))
    return tuple(found)


def seconds(ms: float) -> str:
    """Write a duration given in milliseconds."""
    locale = QLocale()
    if ms < _SECOND:
        return QCoreApplication.translate("seeds", "{ms} ms").format(ms=locale.toString(round(ms)))
    return QCoreApplication.translate("seeds", "{s} s").format(s=locale.toString(ms / _SECOND, "f", 1))

"""What the resolve page says: of statements and facts found or not, of ways out, of what is wrong with each."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.evidence import Evidence, FactFinding, FactKey, Presence, StatementFinding, Way, WayOut
from nexus_studio.core.admin.waysout import lasting_trouble
from nexus_studio.core.errors import ServerReport
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording import labelled
from nexus_studio.ui.panels.migrations.flows.words import reason_words, said

# Presence -> (words, icon, colour token)
PRESENCES: Mapping[Presence, tuple[str, str, str]] = {
    Presence.PRESENT: (QT_TRANSLATE_NOOP("migrations", "Present"), "success", "success"),
    Presence.ABSENT: (QT_TRANSLATE_NOOP("migrations", "Absent"), "dash", "text-muted"),
    Presence.HALF_DONE: (QT_TRANSLATE_NOOP("migrations", "Half-done"), "warning", "warning"),
    Presence.INVISIBLE: (QT_TRANSLATE_NOOP("migrations", "Not visible"), "eye-off", "text-muted"),
}

KINDS: Mapping[str, str] = {
    "schema": QT_TRANSLATE_NOOP("migrations", "schema"),
    "table": QT_TRANSLATE_NOOP("migrations", "table"),
    "column": QT_TRANSLATE_NOOP("migrations", "column"),
    "constraint": QT_TRANSLATE_NOOP("migrations", "constraint"),
    "index": QT_TRANSLATE_NOOP("migrations", "index"),
    "type": QT_TRANSLATE_NOOP("migrations", "type"),
    "enum_value": QT_TRANSLATE_NOOP("migrations", "enum value"),
    "view": QT_TRANSLATE_NOOP("migrations", "view"),
    "sequence": QT_TRANSLATE_NOOP("migrations", "sequence"),
    "function": QT_TRANSLATE_NOOP("migrations", "function"),
    "trigger": QT_TRANSLATE_NOOP("migrations", "trigger"),
    "policy": QT_TRANSLATE_NOOP("migrations", "policy"),
    "extension": QT_TRANSLATE_NOOP("migrations", "extension"),
    "comment": QT_TRANSLATE_NOOP("migrations", "comment"),
    "grant": QT_TRANSLATE_NOOP("migrations", "grant"),
    "statement": QT_TRANSLATE_NOOP("migrations", "statement"),
}

# Way -> (label of its button, what it does)
WAYS: Mapping[Way, tuple[str, str]] = {
    Way.MARK_APPLIED: (
        QT_TRANSLATE_NOOP("migrations", "Mark as applied"),
        QT_TRANSLATE_NOOP("migrations", "Records that everything of it is there. Nothing is run."),
    ),
    Way.RUN_AGAIN: (
        QT_TRANSLATE_NOOP("migrations", "Mark as rolled back and run again"),
        QT_TRANSLATE_NOOP("migrations", "Records that nothing of it is there, and runs it from its beginning."),
    ),
    Way.MARK_ROLLED_BACK: (
        QT_TRANSLATE_NOOP("migrations", "Mark as rolled back only"),
        QT_TRANSLATE_NOOP("migrations", "Records that nothing of it is there. The next deploy runs it."),
    ),
    Way.CLEAN_UP: (
        QT_TRANSLATE_NOOP("migrations", "Clean up and run again…"),
        QT_TRANSLATE_NOOP("migrations", "Removes what is there of it, then runs it from its beginning."),
    ),
    Way.FINISH: (
        QT_TRANSLATE_NOOP("migrations", "Finish the rest…"),
        QT_TRANSLATE_NOOP("migrations", "Runs only what is missing, and records it as applied."),
    ),
    Way.RETRY: (
        QT_TRANSLATE_NOOP("migrations", "Retry"),
        QT_TRANSLATE_NOOP("migrations", "Runs it again from its beginning."),
    ),
}

# Why a way is the right one.
REASONS_FOR: Mapping[Way, str] = {
    Way.MARK_APPLIED: QT_TRANSLATE_NOOP(
        "migrations", "Everything this revision makes is in the database; only the record is missing."
    ),
    Way.RUN_AGAIN: QT_TRANSLATE_NOOP("migrations", "Nothing of this revision is in the database."),
    Way.MARK_ROLLED_BACK: QT_TRANSLATE_NOOP(
        "migrations",
        "Nothing of this revision is in the database, and on an empty one it fails too: mend its file before it runs "
        "again.",
    ),
    Way.CLEAN_UP: QT_TRANSLATE_NOOP(
        "migrations", "Part of this revision is in the database, and it can be removed without loss."
    ),
    Way.FINISH: QT_TRANSLATE_NOOP(
        "migrations", "Part of this revision is in the database, and what is missing can be run by itself."
    ),
    Way.RETRY: QT_TRANSLATE_NOOP(
        "migrations", "Nothing of this revision is in the database, and what stopped it was a passing trouble."
    ),
}

# What must be done before it runs again, by what made it fail.
FIRST: Mapping[str, str] = {
    "rows": QT_TRANSLATE_NOOP(
        "migrations",
        "First correct the rows that it stumbled over: while they are as they are, running it again fails in the same "
        "place.",
    ),
    "rights": QT_TRANSLATE_NOOP(
        "migrations",
        "First give the role the right that it lacked: without it, running it again fails in the same place.",
    ),
}

OBSTACLES: Mapping[str, str] = {
    "rows_unknown": QT_TRANSLATE_NOOP(
        "migrations", "It has statements that change rows, and nobody can see whether they were run."
    ),
    "not_removable": QT_TRANSLATE_NOOP(
        "migrations", "Something was dropped or changed that can't be brought back by removing."
    ),
    "not_its_own": QT_TRANSLATE_NOOP(
        "migrations", "What would have to be removed was not made by this revision, or may hold older rows."
    ),
    "not_alone": QT_TRANSLATE_NOOP("migrations", "What is missing can't be run without what came before it."),
    "nothing_missing": QT_TRANSLATE_NOOP("migrations", "Nothing is missing."),
    "nothing_there": QT_TRANSLATE_NOOP("migrations", "Nothing of it is there."),
    "no_evidence": QT_TRANSLATE_NOOP("migrations", "What is in the database could not be found out."),
    "version_set": QT_TRANSLATE_NOOP("migrations", "The version table says already that it is applied."),
}

WARNINGS: Mapping[str, str] = {
    "missing": QT_TRANSLATE_NOOP("migrations", "{name} will be missing, and later migrations may need it."),
    "left_over": QT_TRANSLATE_NOOP("migrations", "{name} is there already, so running it again will fail there."),
    "rows_unknown": QT_TRANSLATE_NOOP(
        "migrations", "{name} changes rows; whether it was run is not known, so it may be done twice or never."
    ),
    "rows_missing": QT_TRANSLATE_NOOP("migrations", "The rows that {name} writes will be missing."),
    "rows_twice": QT_TRANSLATE_NOOP("migrations", "The rows that {name} writes will be written a second time."),
    "rows_lost": QT_TRANSLATE_NOOP("migrations", "{name} has rows, and they go with it."),
    "differs": QT_TRANSLATE_NOOP("migrations", "{name} is another than the revision makes it, and will stay so."),
    "fails_again": QT_TRANSLATE_NOOP(
        "migrations", "{name} failed on a throwaway database too, so it will fail here again."
    ),
    "edited": QT_TRANSLATE_NOOP("migrations", "The file of {name} is another one than when it ran."),
    "no_evidence": QT_TRANSLATE_NOOP(
        "migrations", "What of {name} is in the database is not known, so nobody can say what will be wrong."
    ),
}


def presence_words(presence: Presence) -> str:
    """Name how a statement or a fact stands."""
    return said(PRESENCES[presence][0])


def kind_words(key: FactKey) -> str:
    """Name a thing of the catalog with its kind: "index users_email_key"; `public` is left out."""
    kind = said(KINDS.get(key.kind, "")) or key.kind.replace("_", " ")
    parts = key.name[1:] if len(key.name) > 1 and key.name[0] == "public" else key.name
    return f"{kind} {'.'.join(parts)}"


def expected_words(fact: FactFinding) -> str:
    """Say what of a fact should be there when the statement was run."""
    if fact.after is None:
        return QCoreApplication.translate("migrations", "is gone")
    return fact.after or QCoreApplication.translate("migrations", "is there")


def found_words(fact: FactFinding) -> str:
    """Say what was found of a fact."""
    if fact.found is None:
        return QCoreApplication.translate("migrations", "is not there")
    return fact.found or QCoreApplication.translate("migrations", "is there")


def committed_words(finding: StatementFinding) -> str:
    """Say what the ledger knows of a statement."""
    if finding.committed is None:
        return ""
    if finding.committed:
        return QCoreApplication.translate("migrations", "committed, the ledger says")
    return QCoreApplication.translate("migrations", "not committed, the ledger says")


def first_words(error: ServerReport | None) -> str:
    """Say what must be done before a revision that failed so can run again; "" where nothing is known."""
    return said(FIRST.get(lasting_trouble(error), ""))


def way_label(way: Way) -> str:
    """Label the button of a way out."""
    return said(WAYS[way][0])


def way_explained(way: Way) -> str:
    """Say what a way does."""
    return said(WAYS[way][1])


def recommendation(evidence: Evidence) -> str:
    """Say in one sentence why the recommended way is right, or that nobody can say."""
    if evidence.recommended is not None:
        return said(REASONS_FOR[evidence.recommended])
    if not evidence.findings:
        return QCoreApplication.translate(
            "migrations", "Nobody can say which way is right. Look by yourself, and decide."
        )
    return QCoreApplication.translate(
        "migrations", "Nobody can say for sure which way is right. Look at the statements above, and decide."
    )


def obstacle_words(way: WayOut) -> str:
    """Say why a way can't be gone, "" where it can."""
    if not way.obstacle:
        return ""
    unknown = QCoreApplication.translate("migrations", "Reason: {code}.").format(code=way.obstacle)
    return said(OBSTACLES.get(way.obstacle, "")) or unknown


def warning_words(way: WayOut) -> tuple[str, ...]:
    """Name what will be wrong when a way is gone against the evidence."""
    return tuple(said(WARNINGS.get(code, "{name}")).format(name=_named(name)) for code, name in way.warnings)


def _named(name: str) -> str:
    """Say "index x" in the current language: the kind comes from core as its code, before the name."""
    kind, _, rest = name.partition(" ")
    return " ".join(filter(None, (said(KINDS.get(kind, "")) or kind, rest)))


def source_words(evidence: Evidence) -> str:
    """Say on what the evidence rests."""
    if evidence.source == "scratch":
        found = QCoreApplication.translate(
            "migrations", "Found by running the revision on a throwaway database and comparing, statement by statement."
        )
        return " ".join(filter(None, (found, _why_words(evidence))))
    if evidence.source == "statements":
        return QCoreApplication.translate(
            "migrations", "Found from the text of the statements alone: a throwaway database could not be had."
        )
    general = QCoreApplication.translate("migrations", "What is in the database could not be found out.")
    return " ".join(filter(None, (general, _why_words(evidence))))


def _why_words(evidence: Evidence) -> str:
    """Say why evidence is poor: the reason, then PostgreSQL's or Python's own words."""
    reason = reason_words(evidence.reason)
    return labelled(reason.rstrip("."), evidence.words) if reason and evidence.words else reason or evidence.words


def counted(evidence: Evidence) -> str:
    """Count the statements by how they stand: "Present: 2 · Half-done: 1 · Absent: 3"."""
    parts = []
    for presence in (Presence.PRESENT, Presence.HALF_DONE, Presence.ABSENT, Presence.INVISIBLE):
        number = sum(1 for each in evidence.findings if each.presence is presence)
        if number:
            parts.append(labelled(presence_words(presence), QLocale().toString(number)))
    return " · ".join(parts)

"""Verdicts with their signs and colours, and a report's words in the current language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.admin.readiness import Check, Finding, ReadinessReport, Subject, Verdict
from nexus_studio.core.admin.readinesspaper import Paper, SaidFinding
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.kit.readiness_said import counts_text, paper_of, said_finding
from nexus_studio.ui.kit.wording_readiness import OVERALL, SUBJECTS, TITLES

SIGNS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.OK: ("success", "success"),
    Verdict.WARNING: ("warning", "warning"),
    Verdict.FAILED: ("error", "danger"),
    Verdict.UNKNOWN: ("missing", "warning"),
    Verdict.NOT_APPLICABLE: ("minus", "text-muted"),
}
"""Icon and tone of a verdict."""


def translated(text: str) -> str:
    """Say a text of the checklist in the current language."""
    return QCoreApplication.translate("readiness", text)


def said(finding: Finding) -> SaidFinding:
    """Put a finding into words."""
    return said_finding(finding, translated)


def title_of(check: Check) -> str:
    """Name a check."""
    return translated(TITLES[check.id])


def subject_title(subject: Subject) -> str:
    """Name what a group of checks is about."""
    return translated(SUBJECTS[subject])


def overall(report: ReadinessReport) -> tuple[str, str]:
    """Say what a report comes to, and how many lines have which verdict."""
    return translated(OVERALL[report.verdict]), counts_text(report, translated)


def paper(report: ReadinessReport) -> Paper:
    """Put a whole report into words, for a ticket."""
    language = QLocale().name().partition("_")[0]
    return paper_of(report, translated, environment_name(report.environment), language)

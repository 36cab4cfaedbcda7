"""A readiness report put into words: by whoever translates them, or in English as they are. No Qt in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from nexus_studio.core.admin.readiness import CHECKS, Cure, Finding, ReadinessReport, Subject, Value, Verdict
from nexus_studio.core.admin.readinesspaper import Paper, SaidFinding
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.ui.kit.wording_readiness import (
    DIFFERENT,
    LABELS,
    NO,
    OVERALL,
    PAPER,
    SIZES,
    SUBJECTS,
    TITLES,
    VERDICTS,
    YES,
    words_of,
)

Translate = Callable[[str], str]


def paper_of(report: ReadinessReport, translate: Translate, environment: str, language: str = "en") -> Paper:
    """Put a whole report into words.

    Args:
        report: The report.
        translate: From the English source into the language.
        environment: The environment's name for people.
        language: Its code, for HTML.
    """
    said = {each.check: said_finding(each, translate) for each in report.findings}
    parts: dict[Subject, list[SaidFinding]] = {}
    for check in CHECKS:
        if check.id in said:
            parts.setdefault(check.subject, []).append(said[check.id])
    facts = {"environment": environment, "version": report.server_version, "moment": moment_text(report.made_at)}
    return Paper(
        title=translate(PAPER["title"]).format(place=report.place),
        facts=translate(PAPER["facts"]).format_map(facts),
        verdict=report.verdict,
        verdict_word=translate(OVERALL[report.verdict]),
        counts=counts_text(report, translate),
        made_by=translate(PAPER["made_by"]).format(tool=report.tool),
        columns=(translate(PAPER["check"]), translate(PAPER["verdict"]), translate(PAPER["found"])),
        parts=tuple((translate(SUBJECTS[subject]), tuple(findings)) for subject, findings in parts.items()),
        language=language,
    )


def said_finding(finding: Finding, translate: Translate) -> SaidFinding:
    """Put one finding into words; what was not seen is left out of the evidence."""
    found, advice = words_of(finding.reason)
    texts = {name: value_text(name, value, translate) for name, value in finding.evidence}
    filled = _Facts(texts)
    command = finding.remedy.what if finding.remedy is not None and finding.remedy.cure is Cure.COPY else ""
    return SaidFinding(
        id=finding.check,
        verdict=finding.verdict,
        verdict_word=translate(VERDICTS[finding.verdict]),
        title=translate(TITLES[finding.check]),
        found=translate(found).format_map(filled),
        advice=translate(advice).format_map(filled) if advice else "",
        evidence=tuple(
            (label_text(name, translate), texts[name]) for name, value in finding.evidence if value is not None
        ),
        command=command,
    )


def counts_text(report: ReadinessReport, translate: Translate) -> str:
    """Say how many lines have which verdict."""
    names: Mapping[str, Verdict] = {
        "ok": Verdict.OK,
        "warning": Verdict.WARNING,
        "failed": Verdict.FAILED,
        "unknown": Verdict.UNKNOWN,
        "not_asked": Verdict.NOT_APPLICABLE,
    }
    return translate(PAPER["counts"]).format_map({name: report.count(each) for name, each in names.items()})


def label_text(name: str, translate: Translate) -> str:
    """Name a piece of evidence; a setting or a variable stands for itself."""
    return translate(LABELS[name]) if name in LABELS else name


def value_text(name: str, value: Value, translate: Translate) -> str:
    """Write a piece of evidence with the unit that its name ends with."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return translate(YES if value else NO)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, tuple):
        return ", ".join(_different(each, translate) for each in value) if name == "such_as" else ", ".join(value)
    if isinstance(value, int | float):
        return _number_text(name.rpartition("_")[2], value, translate)
    return value


def moment_text(moment: datetime) -> str:
    """Write a moment in this machine's zone, with the zone: a ticket is read elsewhere."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _number_text(unit: str, value: float, translate: Translate) -> str:
    if unit == "bytes":
        number, _, size = human_bytes(round(value)).partition(" ")
        return translate(SIZES[size]).format(number=number)
    written = f"{value:g}" if isinstance(value, float) else str(value)
    return {"ms": f"{written} ms", "hours": f"{written} h", "percent": f"{written} %"}.get(unit, written)


def _different(words: str, translate: Translate) -> str:
    """Say "remove_view: v" as a person would: what the models lack, what the database lacks, what is another."""
    kind, _, name = words.partition(": ")
    return translate(DIFFERENT.get(kind.partition("_")[0], DIFFERENT["change"])).format(name=name or kind)


class _Facts(dict[str, str]):
    """Evidence for a sentence; a piece that is missing shows a dash."""

    def __missing__(self, key: str) -> str:
        return "–"

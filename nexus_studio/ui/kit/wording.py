"""The only place where an error, a warning or a progress becomes a sentence, by its code, in the current language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.errors import BugError, Fact, ServerReport, StudioError
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.object_kinds import named_object
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.wording_backups import BACKUP_WORDS
from nexus_studio.ui.kit.wording_connection import CONNECTION_WORDS
from nexus_studio.ui.kit.wording_drafts import DRAFT_WORDS
from nexus_studio.ui.kit.wording_duplicate import DUPLICATE_WORDS
from nexus_studio.ui.kit.wording_health import HEALTH_WORDS
from nexus_studio.ui.kit.wording_history import HISTORY_WORDS
from nexus_studio.ui.kit.wording_import import IMPORT_WORDS
from nexus_studio.ui.kit.wording_migrations import MIGRATION_WORDS
from nexus_studio.ui.kit.wording_progress import STEPS, UNITS
from nexus_studio.ui.kit.wording_reasons import REASONS
from nexus_studio.ui.kit.wording_resets import RESET_WORDS
from nexus_studio.ui.kit.wording_safety import SAFETY_WORDS
from nexus_studio.ui.kit.wording_seeds import SEED_WORDS
from nexus_studio.ui.kit.wording_servers import SERVER_WORDS
from nexus_studio.ui.kit.wording_tables import NEXT_STEPS, OTHER_WORDS, Words
from nexus_studio.ui.kit.wording_transfer import TRANSFER_WORDS

WORDS: Mapping[str, Words] = {
    **BACKUP_WORDS,
    **CONNECTION_WORDS,
    **DRAFT_WORDS,
    **DUPLICATE_WORDS,
    **HEALTH_WORDS,
    **HISTORY_WORDS,
    **IMPORT_WORDS,
    **MIGRATION_WORDS,
    **RESET_WORDS,
    **SEED_WORDS,
    **SERVER_WORDS,
    **SAFETY_WORDS,
    **TRANSFER_WORDS,
    **OTHER_WORDS,
}
_OF_OBJECTS = frozenset({"reset.changed", "reset.kept_depends"})
"""Errors whose names begin with what PostgreSQL calls the kind of object."""

_SIZES = frozenset({"free", "needed"})  # facts that are bytes
_MILLION = 1_000_000
_SQLSTATE = "SQLSTATE"
_QUOTING = "22"  # class of SQLSTATE "data exception": its messages quote the value itself

# Whether what quotes rows is left out: like the icons' ink one a process. `set_masking` sets it on connecting.
_masking = {"is_on": False}


def set_masking(masking: bool) -> None:
    """Leave out from now on what quotes rows in the server's words, or say it again.

    A connection that masks personal data turns it on: PostgreSQL's details have whole rows in them ("Failing row
    contains (...)"), whoever shows or copies them.
    """
    _masking["is_on"] = masking


def is_masking() -> bool:
    """Tell whether what quotes rows is left out."""
    return _masking["is_on"]


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something a person can do about an error: an action's id ("demo.start") and the label of its button."""

    action: str
    label: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """An error in words. `server_words` are (label, text) pairs of what PostgreSQL itself said, possibly none."""

    title: str
    explanation: str = ""
    server_words: tuple[tuple[str, str], ...] = ()
    next_steps: tuple[NextStep, ...] = ()

    server_line: str = ""
    """PostgreSQL's message alone, on one line; empty when it said nothing."""

    @property
    def server_message(self) -> str:
        """PostgreSQL's message and detail (or hint) on one line, empty when it said nothing."""
        return " ".join([text for label, text in self.server_words if label != _SQLSTATE][:2])


def sentence(error: StudioError) -> Sentence:
    """Put an error into words; an unknown code gets a general sentence that names it."""
    words = WORDS.get(error.code) or WORDS.get(error.default_code) or WORDS["error"]
    facts = _shown_facts(error)
    explanation = [_filled(words.explanation, facts), _filled(_reason(error), facts)]
    explanation += [_filled(extra, facts) for fact, extra in words.extras if error.facts.get(fact)]
    steps = tuple(
        NextStep(action, QCoreApplication.translate("steps", NEXT_STEPS[action])) for action in words.next_steps
    )
    said = _server_words(error)
    has_message = error.report is not None and bool(error.report.message) and not _is_quoting(error.report)
    return Sentence(
        _filled(words.title, facts),
        " ".join(filter(None, explanation)),
        said,
        steps,
        " ".join(said[0][1].split()) if has_message else "",
    )


def reason_sentence(error: StudioError) -> str:
    """Put the fact `reason` of an error into one sentence, as an editor shows it; the title where it has none."""
    reason = _filled(_reason(error), _shown_facts(error))
    return reason or sentence(error).title


def text_for(code: str, facts: Mapping[str, Fact] | None = None) -> str:
    """Put a code that is no exception (a warning about a URL's parameter, say) into one translated sentence."""
    words = WORDS.get(code) or WORDS["error"]
    return _filled(words.title, {"code": code, **{name: _fact(value, name) for name, value in (facts or {}).items()}})


def labelled(label: str, words: str) -> str:
    """Put a label before words as the language does: French has a space before the colon."""
    return QCoreApplication.translate("wording", "{label}: {words}").format(label=label, words=words)


def in_series(parts: Iterable[str]) -> str:
    """Put parts of a sentence one after another as the language does: French has a space before the semicolon."""
    return QCoreApplication.translate("wording", "; ").join(parts)


def details(error: StudioError) -> str:
    """Write everything known about an error as plain text, for "Copy details"; no traceback with values in it."""
    lines = [sentence(error).title, str(error)]
    lines += [labelled(label, words) for label, words in _server_words(error)]
    if isinstance(error, BugError) and error.trace:
        lines.append(error.trace)
    return "\n".join(lines)


def progress_sentence(progress: Progress) -> str:
    """Put a progress into words: what is being done and how far it is."""
    doing = QCoreApplication.translate("progress", STEPS.get(progress.step, STEPS["working"]))
    far = progress_amount(progress)
    return f"{doing} · {far}" if far else doing


def progress_amount(progress: Progress) -> str:
    """Write how far a progress is, as a share where the total is known: "43 %", "1,200 rows", or nothing."""
    locale = QLocale()
    if progress.total:
        share = min(1.0, progress.done / progress.total)
        return QCoreApplication.translate("progress", "{percent} %").format(percent=locale.toString(int(share * 100)))
    if not progress.done or progress.unit not in UNITS:
        return ""
    if progress.unit == "bytes":
        return size_text(progress.done)
    return QCoreApplication.translate("progress", UNITS[progress.unit]).format(
        number=locale.toString(int(progress.done))
    )


def _reason(error: StudioError) -> str:
    """Find the sentence of the fact `reason`: a whole code ("value.not_integer"), or one within the error's family."""
    reason = str(error.facts.get("reason", ""))
    return REASONS.get(reason) or REASONS.get(f"{error.code.partition('.')[0]}.{reason}", "")


class _Facts(dict[str, str]):
    """Facts by name; a sentence that asks for one that is missing shows a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return QCoreApplication.translate("errors", text).format_map(_Facts(facts)) if text else ""


def _shown_facts(error: StudioError) -> dict[str, str]:
    facts = {"code": error.code, **{name: _fact(value, name) for name, value in error.facts.items()}}
    if error.code in _OF_OBJECTS and isinstance(names := error.facts.get("names"), tuple):
        facts["names"] = ", ".join(map(named_object, names))
    if error.report is not None:
        for field in ("schema", "table", "column", "constraint"):
            if not facts.get(field):
                facts[field] = getattr(error.report, field) or "–"
    return facts


def _fact(value: Fact, name: str = "") -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if name in _SIZES and isinstance(value, int):
        return size_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= _MILLION:
        return QLocale().toString(value)
    return "" if value is None else str(value)


def _server_words(error: StudioError) -> tuple[tuple[str, str], ...]:
    report = error.report
    prismas = _prismas_words(error)
    if report is None:
        return prismas
    labelled = (
        (QCoreApplication.translate("errors", "Message"), "" if _is_quoting(report) else report.message),
        (QCoreApplication.translate("errors", "Detail"), "" if _masking["is_on"] else report.detail),
        (QCoreApplication.translate("errors", "Hint"), report.hint),
        (_SQLSTATE, report.sqlstate),
    )
    return (*((label, _tidy(words)) for label, words in labelled if words), *prismas)


def _prismas_words(error: StudioError) -> tuple[tuple[str, str], ...]:
    """Return what Prisma says of the same, under its code; none where it is no refusal of Prisma's."""
    words = str(error.facts.get("prisma_text") or "")
    return ((f"Prisma {error.facts.get('prisma') or ''}".strip(), words),) if words else ()


def _is_quoting(report: ServerReport) -> bool:
    return _masking["is_on"] and report.sqlstate.startswith(_QUOTING)


def _tidy(words: str) -> str:
    """Drop the tabs that libpq indents its second lines with."""
    return "\n".join(line.strip() for line in words.strip().splitlines())

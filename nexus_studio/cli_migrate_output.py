"""Plans, runs, reports and evidence of migrations as text for people and as data for --json."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TextIO

from nexus_studio.cli_migrate_status import duration_said, entry_data
from nexus_studio.cli_output import table
from nexus_studio.cli_wording import reason_words
from nexus_studio.core.admin.drafts import SchemaDifference
from nexus_studio.core.admin.evidence import Evidence, Presence, StatementFinding, Way, WayOut
from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import MigrationPlan, RunEvent, RunResult, Step
from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.core.admin.safety import SafetyFinding, SafetyReport, TestReport
from nexus_studio.core.admin.waysout import lasting_trouble
from nexus_studio.core.errors import ServerReport

_LINE: Final = 100  # characters of a statement on one line


def listener(stream: TextIO, graph: RevisionGraph) -> Callable[[RunEvent], None]:
    """Return what writes each event of a run as a line; the graph knows the revisions' messages."""

    def hear(event: RunEvent) -> None:
        file = graph.revisions.get(event.revision)
        if line := event_said(event, file.message if file else ""):
            stream.write(line + "\n")
            stream.flush()

    return hear


def event_said(event: RunEvent, message: str = "") -> str:
    """Say an event in one line; empty where there is nothing to say."""
    match event.kind:
        case "revision":
            verb = "takes back" if event.direction is Direction.DOWN else "applies"
            return f"[{event.number}/{event.total}] {verb} {event.revision} {message}".rstrip()
        case "statement" if event.statement:
            left_out = "is there already: " if event.statement.is_left_out else ""
            return f"    {event.statement.number}: {left_out}{one_line(event.statement.sql)}"
        case "revision_done":
            return f"    done in {duration_said(event.ms or 0)}"
        case "failed" if event.error:
            state = f" ({event.error.sqlstate})" if event.error.sqlstate else ""
            return f"    FAILED: {event.error.message}{state}"
        case _:
            return ""


def one_line(sql: str) -> str:
    """Return the beginning of a statement on one line."""
    text = " ".join(sql.split())
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"


def plan_text(found: MigrationPlan | Step, *more: Step) -> str:
    """Write a plan, or single steps, as a script that says what it is."""
    steps = found.steps if isinstance(found, MigrationPlan) else (found, *more)
    if not steps:
        return "Nothing to run."
    return "\n\n".join(_step_text(number, len(steps), step) for number, step in enumerate(steps, 1))


def _step_text(number: int, total: int, step: Step) -> str:
    head = f"-- [{number}/{total}] {step.revision} {step.direction.value}: {step.message}".rstrip(": ")
    if step.reason:
        words = f" ({' '.join(step.words.split())})" if step.words else ""
        return f"{head}\n-- The SQL can't be shown: {reason_words(step.reason)}{words}"
    alone = [str(each.number) for each in step.statements if not each.in_transaction]
    note = f"\n-- Outside of a transaction: statement {', '.join(alone)}" if alone else ""
    return f"{head}{note}\n{step.sql}".rstrip()


def plan_data(found: MigrationPlan) -> dict[str, Any]:
    """Return a plan for --json."""
    return {
        "target": found.target,
        "direction": found.direction,
        "steps": [steps_data(each) for each in found.steps],
    }


def steps_data(step: Step) -> dict[str, Any]:
    """Return a step for --json."""
    return {
        "revision": step.revision,
        "direction": step.direction,
        "message": step.message,
        "statements": [
            {
                "number": each.number,
                "sql": each.sql,
                "in_transaction": each.in_transaction,
                "has_parameters": each.has_parameters,
            }
            for each in step.statements
        ],
        "reason": step.reason,
        "words": step.words,
    }


_IDLE: Final = {"applied": "Nothing is pending.", "taken back": "There is nothing to take back.", "run": ""}


def run_data(result: RunResult) -> dict[str, Any]:
    """Return how a run ended for --json."""
    failed = result.failed
    return {
        "done": result.done,
        "failed": {"revision": failed.migration_name, **entry_data(failed)} if failed else None,
        "cancelled": result.cancelled,
        "duration_ms": result.duration_ms,
        "warnings": result.warnings,
    }


def run_text(result: RunResult, verb: str) -> str:
    """Say how a run ended."""
    lines = []
    if result.done or result.cancelled:
        lines.append(f"{len(result.done)} {verb} in {duration_said(result.duration_ms)}.")
    elif not result.failed and _IDLE[verb]:
        lines.append(_IDLE[verb])
    lines += [f"warning: {reason_words(each)}" for each in result.warnings]
    if result.cancelled:
        lines.append("Cancelled.")
    if failed := result.failed:
        lines.append(f"The migration {failed.migration_name} failed.")
        if failed.failed_statement:
            lines.append(f"  statement {failed.failed_number or '?'}: {one_line(failed.failed_statement)}")
        if failed.error:
            state = f" ({failed.error.sqlstate})" if failed.error.sqlstate else ""
            lines.append(f"  {failed.error.message}{state}")
            lines += [f"  {each}" for each in (failed.error.detail, failed.error.hint) if each]
        lines.append(f"next: nexus-studio migrate resolve --show {failed.migration_name}")
    return "\n".join(lines)


def differences_text(found: Iterable[SchemaDifference]) -> str:
    """List the differences between models and database."""
    lines = [
        (each.kind.replace("_", " "), each.name, each.detail, "loses data" if each.loses_data else "") for each in found
    ]
    if not lines:
        return "Models and database agree."
    listed = table(("what", "name", "detail", "note"), lines)
    return f"{listed}\n\nnext: nexus-studio migrate dev -m NAME, which makes up the difference"


def test_data(found: TestReport) -> dict[str, Any]:
    """Return a test's report for --json."""
    return {
        "passed": found.passed,
        "where": found.where,
        "phases": [
            {
                "name": each.name,
                "passed": each.passed,
                "ms": each.ms,
                "revision": each.revision,
                "words": each.words,
            }
            for each in found.phases
        ],
    }


def test_text(found: TestReport) -> str:
    """Say how a test went."""
    lines = [
        (
            each.name.replace("_", " "),
            "passed" if each.passed else "FAILED",
            duration_said(each.ms),
            each.revision,
            each.words,
        )
        for each in found.phases
    ]
    return table(("leg", "result", "took", "revision", "note"), lines, right=(2,)) if lines else "Nothing to test."


def safety_data(found: SafetyReport) -> dict[str, Any]:
    """Return a safety report for --json."""
    return {
        "worst": found.worst,
        "copy": found.copy,
        "reason": found.reason,
        "words": found.words,
        "duration_ms": found.duration_ms,
        "used_squawk": found.used_squawk,
        "findings": [
            {
                "code": each.code,
                "danger": each.danger,
                "revision": each.revision,
                "statement": each.statement,
                "relation": each.relation,
                "rows": each.rows,
                "words": each.words,
                "rule": each.rule,
            }
            for each in found.findings
        ],
        "locks": [
            {
                "revision": revision,
                "relation": lock.relation,
                "mode": lock.mode,
                "statement": lock.statement,
                "held_ms": lock.held_ms,
            }
            for revision, lock in found.locks
        ],
    }


_FINDINGS: Final = {
    "blocks_reads": "nobody can read or write {relation} meanwhile",
    "blocks_writes": "nobody can write {relation} meanwhile",
    "rewrite": "{relation} is rewritten",
    "drop_table": "the table {relation} is dropped",
    "drop_column": "a column of {relation} is dropped",
    "type_change": "a column of {relation} changes its type",
    "truncate": "{relation} is emptied",
    "delete_all": "rows of {relation} are deleted",
    "not_in_transaction": "it can't be rolled back: the statement runs outside of a transaction",
    "no_lock_timeout": "no lock_timeout is set: it may wait, and everybody else behind it",
    "not_concurrent": "an index of {relation} is built under a lock",
    "constraint_checked": "all rows of {relation} are checked under a lock",
    "not_null_checked": "all rows of {relation} are looked through for NULL",
    "fails": "the rehearsal failed",
    "models_differ": "models and database would differ afterwards",
    "squawk": "squawk",
}


def safety_text(found: SafetyReport) -> str:
    """Say what a rehearsal found."""
    where = {"template": "a copy with rows", "schema": "a copy without rows", "none": "no copy"}.get(
        found.copy, found.copy
    )
    head = f"Rehearsed on {where} in {duration_said(found.duration_ms)}."
    if found.copy == "none":
        head = f"Not rehearsed: {reason_words(found.reason)}" + (f" ({found.words})" if found.words else "")
    parts = [head, findings_text(found.findings) or "Nothing to fear."]
    if found.locks:
        locks = [(revision, each.relation, each.mode, duration_said(each.held_ms)) for revision, each in found.locks]
        parts.append(table(("revision", "relation", "lock", "held there"), locks, right=(3,)))
    return "\n\n".join(parts)


def findings_text(findings: Iterable[SafetyFinding]) -> str:
    """List findings; empty where there are none."""
    lines = [(each.danger.value, each.revision, str(each.statement or ""), _finding_said(each)) for each in findings]
    return table(("weight", "revision", "statement", "what"), lines, right=(2,)) if lines else ""


def _finding_said(each: SafetyFinding) -> str:
    said = _FINDINGS.get(each.code, each.code.replace("_", " ")).format(relation=each.relation or "the relation")
    rows = f" (about {each.rows:,} {'row' if each.rows == 1 else 'rows'})" if each.rows is not None else ""
    words = f": {' '.join(each.words.split())}" if each.words else ""
    return said + rows + (f" [{each.rule}]" if each.rule else "") + words


_OPTIONS: Final = {
    Way.MARK_APPLIED: ("--applied", "record that everything of it is there, and run nothing"),
    Way.RUN_AGAIN: ("--run-again", "record that nothing of it is there, and run it from its beginning"),
    Way.MARK_ROLLED_BACK: ("--rolled-back", "record that nothing of it is there; the next deploy runs it"),
    Way.CLEAN_UP: ("--clean-up", "remove what is there of it, then run it from its beginning"),
    Way.FINISH: ("--finish", "run only what is missing, and record it as applied"),
    Way.RETRY: ("--retry", "run it again from its beginning"),
}
_FIRST: Final = {
    "rows": "correct the rows that it stumbled over. While they are as they are, it fails again in the same place.",
    "rights": "give the role the right that it lacked. Without it, it fails again in the same place.",
}
_PRESENCE: Final = {
    Presence.PRESENT: "present",
    Presence.ABSENT: "absent",
    Presence.HALF_DONE: "HALF DONE",
    Presence.INVISIBLE: "can't be seen",
}
_WARNINGS: Final = {
    "missing": "{name} would be missing",
    "left_over": "{name} would be left over",
    "differs": "{name} would not be as the migration makes it",
    "rows_unknown": "what {name} did to rows can't be known",
    "rows_missing": "the rows of {name} would be missing",
    "rows_twice": "the rows of {name} would be written twice",
    "rows_lost": "the rows of {name} would be lost",
    "fails_again": "{name} failed on the throwaway database too",
    "edited": "the file of {name} is another one than when it ran",
    "no_evidence": "nobody has looked what of {name} is there",
}
_OBSTACLES: Final = {
    "rows_unknown": "statements that change rows can't be judged",
    "not_its_own": "what would have to be removed was not made by this revision, or may hold older rows",
    "not_removable": "something was dropped or changed that can't be brought back",
    "not_alone": "the rest can't run without what came before",
    "nothing_missing": "nothing is missing",
    "nothing_there": "nothing of it is there",
    "no_evidence": "nobody could look",
    "version_set": "the version table says that it is applied",
}


def warning_said(code: str, name: str) -> str:
    """Say what will be wrong when a way is gone."""
    return _WARNINGS.get(code, code.replace("_", " ") + ": {name}").format(name=name)


def evidence_data(found: Evidence) -> dict[str, Any]:
    """Return evidence for --json."""
    return {
        "revision": found.revision,
        "recommended": found.recommended,
        "source": found.source,
        "reason": found.reason,
        "words": found.words,
        "is_version_set": found.is_version_set,
        "statements": [_statement_data(each) for each in found.findings],
        "ways": [
            {
                "way": each.way,
                "possible": each.is_possible,
                "obstacle": each.obstacle,
                "warnings": [{"code": code, "name": name} for code, name in each.warnings],
                "sql": each.sql,
            }
            for each in found.ways
        ],
    }


def _statement_data(found: StatementFinding) -> dict[str, Any]:
    return {
        "number": found.number,
        "sql": found.sql,
        "presence": found.presence,
        "committed": found.committed,
        "facts": [
            {"kind": each.key.kind, "name": ".".join(each.key.name), "presence": each.presence} for each in found.facts
        ],
    }


def evidence_text(found: Evidence, error: ServerReport | None = None, *, is_there: bool = False) -> str:
    """Say what of a revision is there, and the ways out; `error` is what made it fail.

    `is_there`: it is applied, and nothing is to be decided.
    """
    parts = [f"Migration {found.revision}"]
    if error is not None:
        state = f" ({error.sqlstate})" if error.sqlstate else ""
        parts.append("\n".join((f"It failed: {error.message}{state}", *filter(None, (error.detail, error.hint)))))
    if found.source == "none":
        parts.append(f"No evidence: {reason_words(found.reason)}" + (f" ({found.words})" if found.words else ""))
    if found.reason == "migration.replay_slow":
        parts.append("A longer wait: --replay-timeout SECONDS (20 without it)")
    if found.findings:
        lines = [(str(each.number), _PRESENCE[each.presence], one_line(each.sql)) for each in found.findings]
        parts.append(table(("", "in this database", "statement"), lines, right=(0,)))
    if is_there:
        return "\n\n".join([*parts, "It is applied, and not in a failed state: there is nothing to resolve."])
    if before := before_again(error):
        parts.append(f"First: {before}")
    parts += [_way_text(each, is_recommended=each.way is found.recommended) for each in found.ways]
    if found.recommended is None:
        parts.append("Which way is right, nobody can say from here: look at what can't be seen, then decide.")
    return "\n\n".join(parts)


def before_again(error: ServerReport | None) -> str:
    """Say what must be done before a revision that stopped so can be run again; "" where nothing is known."""
    return _FIRST.get(lasting_trouble(error), "")


def way_option(way: Way) -> str:
    """Return the option of `migrate resolve` that goes a way."""
    return _OPTIONS[way][0]


def _way_text(way: WayOut, *, is_recommended: bool) -> str:
    option, does = _OPTIONS[way.way]
    head = option + (" (recommended)" if is_recommended else "")
    if not way.is_possible:
        return f"{head}: not possible, {_OBSTACLES.get(way.obstacle, way.obstacle)}"
    lines = [f"{head}: {does}", *(f"    warning: {warning_said(*each)}" for each in way.warnings)]
    lines += [f"    {line}" for statement in way.sql for line in f"{statement.rstrip().rstrip(';')};".splitlines()]
    return "\n".join(lines)

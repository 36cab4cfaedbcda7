"""Every code that migrations' values and services speak in has words of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import nexus_studio
from nexus_studio.core.admin.drafts import Rename, SchemaDifference
from nexus_studio.core.admin.evidence import Evidence, FactKey, Presence, Way, WayOut
from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.admin.migrations import Step
from nexus_studio.core.admin.safety import Danger, SafetyFinding, SafetyReport, TestPhase
from nexus_studio.core.names import RelationName
from nexus_studio.ui.kit import icons
from nexus_studio.ui.kit.theme import tokens
from nexus_studio.ui.kit.wording import WORDS
from nexus_studio.ui.kit.wording_progress import STEPS
from nexus_studio.ui.kit.wording_reasons import REASONS
from nexus_studio.ui.panels.migrations.flows import resolve_words, words

pytestmark = pytest.mark.usefixtures("qapp")

SERVICES = Path(nexus_studio.__file__).parent / "services"
CODE = re.compile(r"(migration|permission)\.[a-z_]+\Z")


def quoted(kind: type, *, after: str, before: str = "") -> set[str]:
    """Return the codes that a class's docstring quotes between two of its words."""
    text = " ".join((kind.__doc__ or "").split())
    part = text.partition(after)[2]
    part = part.partition(before)[0] if before else part
    return set(re.findall(r'"([a-z_ ]+)"', part))


def literals() -> Iterator[str]:
    """Yield every text of the services that is no docstring."""
    for path in SERVICES.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield node.value


def test_every_code_of_the_services_is_worded() -> None:
    codes = {text for text in literals() if CODE.match(text)}
    assert "migration.draft_stale" in codes, "told by the project's interpreter, raised by nobody's name"
    assert sorted(codes - WORDS.keys() - STEPS.keys() - REASONS.keys()) == []


def test_every_reason_a_project_can_not_be_run_for_is_worded() -> None:
    reasons: set[str] = set()
    for path in (SERVICES / "migrations").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Broken", "_broken"}:
                reasons |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}  # type: ignore[misc]
    reasons -= {"target_unknown"}  # becomes a code of its own
    assert {"scripts", "syntax"} <= reasons
    assert sorted(each for each in reasons if f"migration.{each}" not in REASONS) == []


def test_every_finding_of_a_safety_report_is_worded() -> None:
    codes = quoted(SafetyFinding, after="`code`:", before="`rows` is")
    assert {"blocks_reads", "squawk"} <= codes
    assert sorted(codes - words.FINDINGS.keys()) == []
    for code in codes:
        finding = SafetyFinding(code, Danger.NOTE, "a1", 2, RelationName("public", "t"), 3, "said", "rule")
        assert "{" not in words.finding_title(finding)
        assert any(line.endswith("said") for line in words.finding_lines(finding))
        assert words.finding_place(finding) == "a1, statement 2"
    assert set(words.DANGERS) == set(Danger)


def test_every_way_obstacle_and_warning_is_worded() -> None:
    assert set(resolve_words.WAYS) == set(resolve_words.REASONS_FOR) == set(Way)
    assert set(resolve_words.PRESENCES) == set(Presence)
    for _, sign, ink in resolve_words.PRESENCES.values():
        assert sign in icons.names()
        assert ink in tokens("light")
    obstacles = quoted(WayOut, after="`obstacle` is a code", before="`warnings` are")
    assert {"not_alone", "version_set"} <= obstacles
    assert sorted(obstacles - resolve_words.OBSTACLES.keys()) == []
    warnings = {code for code in quoted(WayOut, after="`warnings` are", before="`sql` is") if " " not in code}
    assert {"missing", "rows_twice", "fails_again"} <= warnings
    assert sorted(warnings - resolve_words.WARNINGS.keys()) == []


def test_a_warning_names_what_it_is_about() -> None:
    way = WayOut(Way.MARK_APPLIED, warnings=(("missing", "index users.{odd}"), ("fails_again", "statement 2")))
    assert resolve_words.warning_words(way) == (
        "index users.{odd} will be missing, and later migrations may need it.",
        "statement 2 failed on a throwaway database too, so it will fail here again.",
    )


def test_every_difference_is_worded() -> None:
    kinds = quoted(SchemaDifference, after="`kind`:", before="`name` is")
    assert sorted(kinds - words.DIFFERENCES.keys()) == []
    assert words.difference_words(SchemaDifference("never_heard_of", "t.c", "x")) == "t.c  (x)"
    assert words.rename_line(Rename("column", "t", "a", "b")) == "t.a → b"


def test_every_leg_of_a_test_is_worded() -> None:
    assert sorted(quoted(TestPhase, after="One leg of a test:", before="`") - words.PHASES.keys()) == []


def test_a_step_without_sql_says_why() -> None:
    reasons = quoted(Step, after="`reason` says")
    assert {"reads_database", "failed", "environment"} <= reasons
    assert sorted(reasons - words.STEP_REASONS.keys()) == []
    step = Step("a1", Direction.UP, reason="failed", words="NameError: x")
    assert words.step_reason(step).endswith("NameError: x")
    assert words.step_reason(Step("a1", Direction.UP)) == ""


def test_on_what_a_report_rests_is_said() -> None:
    assert "with its rows" in words.copy_words(SafetyReport((), copy="template", duration_ms=61_000))
    assert "1 min 01 s" in words.copy_words(SafetyReport((), copy="template", duration_ms=61_000))
    nowhere = words.copy_words(SafetyReport((), copy="none", reason="nowhere"))
    assert "It was not rehearsed" in nowhere
    assert "may not create databases" in nowhere
    assert "Reason: brand_new." in words.copy_words(SafetyReport((), copy="none", reason="brand_new"))


def test_on_what_evidence_rests_is_said() -> None:
    found = Evidence("a1", (), (), None, source="none", reason="migration.scratch_failed", words="disk full")
    assert resolve_words.source_words(found) == (
        "What is in the database could not be found out. No throwaway database could be made: disk full"
    )
    assert resolve_words.kind_words(FactKey("enum_value", ("public", "mood", "sad"))) == "enum value mood.sad"


@pytest.mark.parametrize(
    ("ms", "said"), [(None, ""), (0.4, "0 ms"), (999, "999 ms"), (1200, "1.2 s"), (185_000, "3 min 05 s")]
)
def test_durations(ms: float | None, said: str) -> None:
    assert words.duration(ms) == said


def test_hours() -> None:
    assert words.duration(2 * 3_600_000 + 180_000) == "2 h 03 min"

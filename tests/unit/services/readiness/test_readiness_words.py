"""Every check has a function and a title, every reason that code gives has words, every sentence its facts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import nexus_studio
from nexus_studio.core.admin.readiness import CHECKS, Cure, Finding, Remedy, Subject, Verdict, failed, ok
from nexus_studio.services.readiness.service import LOOKS
from nexus_studio.ui.kit.readiness_said import said_finding, value_text
from nexus_studio.ui.kit.wording_readiness import LABELS, REASONS, SUBJECTS, TITLES, VERDICTS, words_of

PACKAGE = Path(nexus_studio.__file__).parent
SOURCES = sorted(
    [PACKAGE / "core/admin/readinessrules.py", *(PACKAGE / "services/readiness").glob("*.py")],
    key=lambda path: path.name,
)
IDS = {each.id for each in CHECKS}
CODE = re.compile(rf"(?:{'|'.join(sorted(IDS))})\.[a-z_0-9]+\Z")


def given_reasons() -> set[str]:
    return {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value)
    }


def test_each_check_has_a_function_and_words() -> None:
    assert list(LOOKS) == [each.id for each in CHECKS] == list(TITLES)
    assert set(SUBJECTS) == set(Subject)
    assert set(VERDICTS) == set(Verdict)


def test_each_reason_has_words_and_each_word_a_reason() -> None:
    reasons = given_reasons()
    assert len(reasons) > 90
    assert (
        sorted(reason for reason in reasons if reason not in REASONS and reason.rpartition(".")[2] not in REASONS) == []
    )
    assert sorted(reason for reason in REASONS if "." in reason and reason not in reasons) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_each_piece_of_evidence_has_a_name(path: Path) -> None:
    """Keys of the dictionaries that are given as evidence; those in capitals are variables and settings."""
    keys = {
        key.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.islower() and "." not in key.value
    }
    known = (
        set(LABELS) | {"listen_addresses", "sslmode"} | IDS | {"databases", "users"} | {"smallint", "integer", "bigint"}
    )
    assert sorted(keys - known) == []


def test_sentences_are_filled_in() -> None:
    finding = failed("pool.beyond", {"pool_limit": 200, "server_limit": 97})
    said = said_finding(finding, str)
    assert said.found == "200 are more than the 97 that the server allows."
    assert said.evidence == (("connection_limit", "200"), ("limit of the server", "97"))
    assert said_finding(ok("tls.verified"), str).found == "–, and the server's name was verified."
    assert words_of("tls.permission") == REASONS["permission"]


def test_only_what_is_to_be_copied_is_a_command() -> None:
    def command(remedy: Remedy | None) -> str:
        return said_finding(Finding(Verdict.FAILED, "indexes.invalid", (), remedy), str).command

    assert command(Remedy(Cure.COPY, "REINDEX INDEX x;")) == "REINDEX INDEX x;"
    assert command(Remedy(Cure.PANEL, "migrations")) == command(None) == ""


def test_differences_are_said_as_people_do() -> None:
    seen = ("remove_view: busy_days", "add_column: users.phone", "change_type: users.id", "rename_table: a")
    found = said_finding(failed("models.differ", {"differences": 4, "such_as": seen}), str)
    assert found.found == (
        "They differ: busy_days is not in the models, users.phone is missing, users.id is otherwise, a is otherwise."
    )


def test_values_have_the_unit_of_their_name() -> None:
    assert value_text("size_bytes", 2048, str) == "2048 bytes"
    assert value_text("time_ms", 12, str) == "12 ms"
    assert value_text("age_hours", 3.5, str) == "3.5 h"
    assert value_text("used_percent", 81.0, str) == "81 %"
    assert value_text("tracked", True, str) == "yes"
    assert value_text("revisions", ("a", "b"), str) == "a, b"
    assert value_text("port", 5432, str) == "5432"

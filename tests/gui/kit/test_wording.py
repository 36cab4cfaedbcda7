"""Words for errors: every code that is raised anywhere has some, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

import nexus_studio
from nexus_studio.core import errors
from nexus_studio.core.data import textcodec
from nexus_studio.core.errors import BugError, ConnectionFailed, InvalidUrl, ServerReport, StudioError, UserError
from nexus_studio.core.tasks import Progress
from nexus_studio.ui.kit.i18n import Languages
from nexus_studio.ui.kit.wording import WORDS, details, progress_amount, progress_sentence, sentence
from nexus_studio.ui.kit.wording_progress import STEPS
from nexus_studio.ui.kit.wording_reasons import REASONS
from nexus_studio.ui.kit.wording_tables import NEXT_STEPS

PACKAGE = Path(nexus_studio.__file__).parent
CLASSES = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, StudioError)}
CODE = re.compile(r"[a-z]+(\.[a-z_]+)+\Z")


@cache
def all_calls() -> list[tuple[str, ast.Call]]:
    """Return every call in the product with the name that is called."""
    return [
        (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""), node)
        for path in PACKAGE.rglob("*.py")
        if not path.name.startswith("cli")  # the command line has English words of its own
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]


def calls(of: set[str]) -> Iterator[ast.Call]:
    """Yield every call of one of these names in the product."""
    return (call for name, call in all_calls() if name in of)


def raised_codes() -> set[str]:
    codes = {value.default_code for name, value in vars(errors).items() if name in CLASSES}
    codes |= set(errors.CONNECTION_CODES)
    for call in calls(CLASSES):
        codes |= {
            node.value
            for argument in call.args[:1]
            for node in ast.walk(argument)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value)
        }
    return codes


@pytest.fixture
def french(qapp: QApplication) -> Iterator[None]:
    languages = Languages(qapp)
    languages.apply("fr")
    yield
    languages.apply("en")
    languages.deleteLater()


def test_every_code_raised_has_words() -> None:
    codes = raised_codes()
    assert "connection.refused" in codes
    unsaid = codes - WORDS.keys()
    assert sorted(code for code in unsaid if not code.startswith("bug.")) == []  # those share the words of "bug"


def test_every_step_reported_has_words() -> None:
    steps = {
        call.args[0].value
        for call in calls({"Progress"})
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }
    assert sorted(steps - STEPS.keys()) == []


def test_every_reason_of_a_codec_has_words() -> None:
    assert set(textcodec.REASONS) <= REASONS.keys()


def test_every_next_step_has_a_label() -> None:
    assert {action for words in WORDS.values() for action in words.next_steps} <= NEXT_STEPS.keys()


def test_everything_is_said_in_french(french: None) -> None:
    translate = QCoreApplication.translate
    texts = [text for words in WORDS.values() for text in (words.title, words.explanation) if text]
    texts += [extra for words in WORDS.values() for _, extra in words.extras]
    texts += REASONS.values()
    assert [text for text in texts if translate("errors", text) == text] == []
    assert [text for text in NEXT_STEPS.values() if translate("steps", text) == text] == []
    assert [text for text in STEPS.values() if translate("progress", text) == text] == []


def _refused(**facts: Any) -> ConnectionFailed:
    return ConnectionFailed("connection.refused", host="localhost", port=5434, **facts)


def test_nothing_listens_there() -> None:
    said = sentence(_refused(port_owner="node", port_owner_pid=81))
    assert said.title == "Nothing listens at localhost:5434"
    assert said.explanation.endswith("node (process 81) listens on port 5434.")
    assert [step.action for step in said.next_steps][:2] == ["connection.retry", "demo.start"]
    without = sentence(_refused())
    assert "process" not in without.explanation


def test_a_reason_is_said() -> None:
    assert sentence(InvalidUrl(reason="port", part="port")).explanation.endswith("between 1 and 65535.")


def test_the_server_has_its_own_words() -> None:
    report = ServerReport("23514", "boom", "because", "do this", constraint="positive")
    said = sentence(errors.ConstraintViolated("constraint.check", report=report))
    assert said.server_words == (("Message", "boom"), ("Detail", "because"), ("Hint", "do this"), ("SQLSTATE", "23514"))
    assert "positive" in said.explanation
    assert said.server_message == "boom because"
    bare = sentence(errors.ConnectionLost(report=ServerReport("57P01", "terminating")))
    assert bare.server_message == "terminating"


def test_braces_in_facts_and_missing_facts_do_no_harm() -> None:
    assert sentence(ConnectionFailed("connection.host_not_found", host="{x}")).title == "No computer is called {x}"
    assert "–" in sentence(ConnectionFailed("connection.host_not_found")).title


def test_an_unknown_code_gets_the_words_of_its_class_or_general_ones() -> None:
    assert sentence(ConnectionFailed("connection.brand_new")).title == "The connection failed"
    assert "odd.code" in sentence(StudioError("odd.code")).explanation
    assert sentence(UserError("odd.code")).title


def test_details_of_a_bug_have_its_trace() -> None:
    assert "in work" in details(BugError(trace="RuntimeError\n  x.py:1 in work"))


def test_progress(qapp: QApplication) -> None:
    languages = Languages(qapp)
    languages.apply("en")
    assert progress_amount(Progress("x", 43, 100)) == "43 %"
    assert progress_amount(Progress("x", 1200, None, "rows")) == "1,200 rows"
    assert progress_amount(Progress("x", 2048, None, "bytes")) == "2,048 bytes"
    assert progress_amount(Progress("x")) == ""
    assert progress_sentence(Progress("unheard.of", 1, 2)) == "Working… · 50 %"
    languages.deleteLater()

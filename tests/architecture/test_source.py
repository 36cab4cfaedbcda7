"""What the source keeps to: docstrings, one place for driver errors, no waiting by the clock, nothing imported late."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.architecture.tree import AROUND, PRODUCT, ROOT, name_of, python_files, tree_of

MAY_CATCH_DRIVER_ERRORS = {"nexus_studio/services/dberrors.py", "nexus_studio/services/connecting.py"}
# The engine's creator tells a refused SET ROLE from other errors before a connection exists to be translated.
MAY_CATCH_DRIVER_ERRORS |= {"nexus_studio/services/session.py"}
# Tells a wrong password from a missing database by knocking at another.
MAY_CATCH_DRIVER_ERRORS |= {"nexus_studio/services/diagnosis.py"}

MAY_CATCH_ANYTHING = {
    "nexus_studio/ui/kit/jobs.py": "the runner's threads: whatever work raises becomes an answer",
    "nexus_studio/services/connecting.py": "a connecting thread hands whatever came to the one that waits for it",
    "nexus_studio/services/migrations/foreign/forkserver.py": "a fork ends there, as a program does",
    "nexus_studio/services/profile_store.py": "keyring's backends raise whatever their systems do",
    "nexus_studio/services/migrations/conversation.py": "what an observer raises waits until the run ended in order",
    "nexus_studio/services/migrations/foreign/runs.py": "a project's code raises anything; it is told as what it is",
    "nexus_studio/services/migrations/foreign/seeds.py": "a project's seed raises anything; it is told as what it is",
    "nexus_studio/services/migrations/foreign/sqltext.py": "a revision's code raises anything; the others still speak",
    "nexus_studio/services/migrations/foreign/writes.py": "a person's code raises anything; it is told beside the code",
    "nexus_studio/app.py": "the exception hook",
    "nexus_studio/cli_run.py": "the exception hook",
}

QT_WORDS = {"accept", "count", "data", "event", "flags", "index", "paint", "parent", "reject", "run", "text"}

LONG_FILE = 300
LONG_FUNCTION = 40


@pytest.fixture(scope="module", autouse=True)
def _trees_do_not_stay() -> Iterator[None]:
    """Looking for garbage goes through a thousand trees: not while they are made, nor in all tests that follow."""
    gc.disable()
    yield
    tree_of.cache_clear()
    gc.enable()


def test_a_module_says_what_it_is() -> None:
    found = {name_of(path): _wrong_with_docstring(path) for path in python_files(*PRODUCT, *AROUND)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_alembic_is_no_package() -> None:
    assert not list((ROOT / "alembic").rglob("__init__.py")), "an __init__.py here would hide the library"


def test_numbers_in_sentences_have_plural_forms() -> None:
    """Lupdate finds them in a class's `tr` only: elsewhere a person would read "1 row(s)"."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("nexus_studio")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "translate"
        if any(isinstance(each, ast.Constant) and "%Ln" in str(each.value) for each in node.args)
    ]
    assert found == []


def test_numbers_in_sentences_have_thousands() -> None:
    """Qt writes a bare %n without them, whatever the language."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("nexus_studio")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and "%n" in str(node.value)
    ]
    assert found == []


def test_driver_errors_are_caught_in_one_place() -> None:
    found = [
        f"{name_of(path)}:{handler.lineno}"
        for path in python_files("nexus_studio", "models")
        if name_of(path) not in MAY_CATCH_DRIVER_ERRORS
        for handler in _handlers(path)
        if handler.type is not None and any(_is_driver_error(name) for name in _names(handler.type))
    ]
    assert found == []


def test_broad_excepts_stand_at_the_doors_only() -> None:
    found = [
        f"{name_of(path)}:{handler.lineno}"
        for path in python_files("nexus_studio", "models")
        if name_of(path) not in MAY_CATCH_ANYTHING
        for handler in _handlers(path)
        if (handler.type is None or {"Exception", "BaseException"} & set(_names(handler.type)))
        and not _raises_again(handler)
    ]
    assert found == []


def test_no_test_sleeps() -> None:
    found = [
        f"{name_of(path)}:{call.lineno}"
        for path in python_files("tests")
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"time.sleep", "sleep", "qtbot.wait", "QTest.qWait"}
    ]
    assert found == [], "wait for what is to come: qtbot.waitUntil, waitSignal, an event"


def test_text_for_people_is_not_glued() -> None:
    found = [
        f"{name_of(path)}:{call.lineno}"
        for path in python_files("nexus_studio")
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] in {"tr", "translate", "QT_TRANSLATE_NOOP"}
        and any(isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in call.args)
    ]
    assert found == [], "an f-string or a sum inside tr() can't be translated: tr('… {name} …').format(name=…)"


def test_public_methods_of_ui_say_what_they_do() -> None:
    """Ruff can't tell Qt's overrides (camelCase, or one of these words) from methods of ours."""
    classes = {
        each.name: each
        for path in python_files("nexus_studio/ui")
        for each in tree_of(path).body
        if isinstance(each, ast.ClassDef)
    }
    found = [
        f"{name}.{method.name}"
        for name, each in classes.items()
        for method in _methods(each)
        if not name.startswith("_")
        and "Protocol" not in map(ast.unparse, each.bases)
        and not method.name.startswith("_")
        and method.name.islower()
        and method.name not in QT_WORDS
        and "overload" not in {ast.unparse(decorator) for decorator in method.decorator_list}
        and not _is_documented(each, method.name, classes)
    ]
    assert found == []


def test_report_long_files_and_functions(record_property: Callable[[str, object], None]) -> None:
    """A long file is a question to ask in review, not a failure: run with -s to read them."""
    lines = []
    for path in python_files(*PRODUCT):
        length = len(path.read_text(encoding="utf-8").splitlines())
        if length > LONG_FILE:
            lines.append(f"{name_of(path)}: {length} lines")
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef) and "versions" not in path.parts:
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > LONG_FUNCTION:
                    lines.append(f"{name_of(path)}:{node.lineno} {node.name}: {size} lines")
    record_property("long", lines)
    print("\n".join(lines))


def _wrong_with_docstring(path: Path) -> str:
    if path.name == "__init__.py" and not path.read_text(encoding="utf-8").strip() and "tests" in path.parts:
        return ""
    docstring = ast.get_docstring(tree_of(path))
    if not docstring:
        return "no module docstring"
    return "" if docstring.splitlines()[0].endswith((".", ":", "?")) else "its first line is no sentence"


def _handlers(path: Path) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler))


def _names(kind: ast.expr) -> list[str]:
    return [ast.unparse(part) for part in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]


def _methods(each: ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in each.body if isinstance(node, ast.FunctionDef)]


def _is_documented(each: ast.ClassDef, method: str, classes: Mapping[str, ast.ClassDef]) -> bool:
    """Tell whether a method has a docstring, here or in a base class of ours that it overrides."""
    if any(node.name == method and ast.get_docstring(node) for node in _methods(each)):
        return True
    bases = (classes.get(ast.unparse(base)) for base in each.bases)
    return any(base is not None and _is_documented(base, method, classes) for base in bases)


def _is_driver_error(name: str) -> bool:
    """Tell whether a name stands for the driver's errors at large; one SQLSTATE by name is a question, not a net."""
    return name.startswith(("psycopg.", "sqlalchemy.exc", "exc.")) and not name.startswith("psycopg.errors.")


def _raises_again(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))

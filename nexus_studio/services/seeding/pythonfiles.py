"""Seeds of Python files, read from their syntax trees: nothing of a project is imported to list them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nexus_studio.core.admin.seeds import (
    MODULE,
    OWN,
    SeedFault,
    SeedKind,
    SeedProblem,
    SeedSpec,
    is_seed_name,
    read_environments,
)
from nexus_studio.services.syntaxtrees import parse

_DECORATOR = "seed"
_ARGUMENTS = frozenset({"name", "description", "environments", "idempotent"})
_SCALED_FROM = 2  # parameters: connection, scale


def seeds_of_python(path: Path) -> Iterator[SeedSpec | SeedProblem]:
    """Yield the seeds of a file, in their order; what can't be offered as a problem.

    A file that is not Python is one even where it does not speak of seeds: whoever is still writing it looks for it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        yield SeedProblem(SeedFault.UNREADABLE, path)
        return
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield SeedProblem(SeedFault.SYNTAX, path, getattr(error, "lineno", None) or 0)
        return
    names, modules = _imported(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                if _is_seed(call.func if call else decorator, names, modules):
                    yield _seed(path, node, call)


def _imported(tree: ast.Module) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that the decorator goes by in a file, and those of its module."""
    names: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == MODULE:
            names |= {each.asname or each.name for each in node.names if each.name == _DECORATOR}
        elif isinstance(node, ast.Import):
            modules |= {each.asname or each.name for each in node.names if each.name == MODULE}
    return frozenset(names), frozenset(modules)


def _is_seed(node: ast.expr, names: frozenset[str], modules: frozenset[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in names
    return (
        isinstance(node, ast.Attribute)
        and node.attr == _DECORATOR
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
    )


def _seed(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call | None) -> SeedSpec | SeedProblem:
    def problem(fault: SeedFault, subject: str = "", line: int = node.lineno) -> SeedProblem:
        return SeedProblem(fault, path, line, subject)

    if isinstance(node, ast.AsyncFunctionDef):
        return problem(SeedFault.ASYNC, node.name)
    said: dict[str, Any] = {}
    for keyword in call.keywords if call else ():
        if keyword.arg not in _ARGUMENTS:
            return problem(SeedFault.ARGUMENT, keyword.arg or "**", keyword.lineno)
        try:
            said[keyword.arg] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, SyntaxError, RecursionError):
            return problem(SeedFault.NOT_LITERAL, keyword.arg, keyword.lineno)
    if call is not None and call.args:
        return problem(SeedFault.NOT_LITERAL, "name", call.lineno)
    return _spec(path, node, said)


def _spec(path: Path, node: ast.FunctionDef, said: Mapping[str, Any]) -> SeedSpec | SeedProblem:
    name = said.get("name", node.name)
    if not isinstance(name, str) or not is_seed_name(name):
        return SeedProblem(SeedFault.NAME, path, node.lineno, str(name))
    places = said.get("environments", OWN)
    try:
        environments = OWN if places is OWN else read_environments(_words(places))
    except (TypeError, ValueError) as error:
        return SeedProblem(SeedFault.ENVIRONMENT, path, node.lineno, str(error))
    parameters = len([*node.args.posonlyargs, *node.args.args])
    doc = (ast.get_docstring(node) or "").strip().splitlines()
    return SeedSpec(
        name=name,
        description=" ".join(str(said.get("description") or (doc[0] if doc else "")).split()),
        environments=environments,
        idempotent=said.get("idempotent", False) is True,
        kind=SeedKind.PYTHON,
        path=path,
        line=node.lineno,
        function=node.name,
        takes_scale=parameters >= _SCALED_FROM,
        takes_connection=parameters > 0,
    )


def _words(places: object) -> list[str]:
    """Return what was given for environments as words: one, or a few in a tuple, list or set."""
    if isinstance(places, str):
        return places.split(",")
    if isinstance(places, tuple | list | set | frozenset):
        return [str(each) for each in places]
    raise TypeError(str(places))

"""What env.py says by literals of the version table, read from its syntax tree: the file is never run here."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from nexus_studio.services.syntaxtrees import parse

VERSION_TABLE = "alembic_version"
"""Alembic's own name for it, where a project says no other."""

_OPTIONS = ("version_table", "version_table_schema")


@dataclass(frozen=True, slots=True)
class EnvironmentFile:
    """The version table's name and schema. `is_literal` is False where the file computes one of them."""

    version_table: str = VERSION_TABLE
    version_table_schema: str | None = None
    is_literal: bool = True


def read_environment(file: Path) -> EnvironmentFile:
    """Read env.py. One that is missing or broken says nothing: running tells of it, looking need not."""
    try:
        tree = parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return EnvironmentFile()
    constants = _constants(tree)
    said: dict[str, str] = {}
    is_literal = True
    for node in ast.walk(tree):
        for name, value in _mentions(node):
            text = value.value if isinstance(value, ast.Constant) else None
            if isinstance(value, ast.Name):
                text = constants.get(value.id)
            if isinstance(text, str):
                said[name] = text
            elif not (isinstance(value, ast.Constant) and value.value is None):
                is_literal = False
    return EnvironmentFile(said.get("version_table", VERSION_TABLE), said.get("version_table_schema"), is_literal)


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the module's names for plain strings."""
    found: dict[str, str] = {}
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            found |= {each.id: value.value for each in targets if isinstance(each, ast.Name)}
    return found


def _mentions(node: ast.AST) -> list[tuple[str, ast.expr]]:
    """Return the options that a node sets: as keywords of a call or as keys of a dict, as env.py files do."""
    if isinstance(node, ast.Call):
        return [(each.arg, each.value) for each in node.keywords if each.arg in _OPTIONS]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [(key.value, value) for key, value in pairs if isinstance(key, ast.Constant) and key.value in _OPTIONS]
    return []

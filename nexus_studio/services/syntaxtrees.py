"""Syntax trees of other people's Python, made by one thread at a time.

CPython 3.11 counts how deep it is in a tree for all threads together: where two make one at once and the interpreter
changes over in the middle (garbage is collected, say), it raises SystemError "AST constructor recursion depth
mismatch".
"""

from __future__ import annotations

import ast
import threading

_turn = threading.Lock()


def parse(source: str | bytes) -> ast.Module:
    """Return the tree of a module's text; bytes are read as its coding line says. Any thread.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    with _turn:
        return ast.parse(source)

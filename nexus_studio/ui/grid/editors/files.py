"""Values in files: reading and writing them on a worker thread, and asking a person for the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from nexus_studio.core.errors import UserError
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import TaskContext

MOST_BYTES: Final = 200_000_000
"""Octets of a file that are loaded: as hex text that is 400 MB, and PostgreSQL's own bound is 1 GB."""


def ask_file(parent: QWidget, mode: QFileDialog.AcceptMode, title: str, run: Callable[[Path], None]) -> None:
    """Ask for a file and go on with it."""
    dialog = QFileDialog(parent, title)
    dialog.setObjectName("editor_file")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(mode)
    dialog.fileSelected.connect(lambda path: run(Path(path)))
    dialog.open()


def read_value(path: Path, kind: TypeKind, ctx: TaskContext) -> str:
    """Read a file as a value: octets in hex form for bytea, else UTF-8 text with the ends of lines as they are.

    Raises:
        UserError: "file.too_large" (facts file, size) or "file.unreadable" (fact file).
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UserError("file.too_large", file=path.name, size=size)
        ctx.token.raise_if_cancelled()
        content = path.read_bytes()
        return "\\x" + content.hex() if kind is TypeKind.BINARY else content.decode("utf-8")
    except OSError as error:
        raise UserError("file.unreadable", file=path.name, reason=error.strerror or "") from error
    except UnicodeDecodeError as error:
        raise UserError("file.unreadable", file=path.name) from error


def write_value(path: Path, text: str, kind: TypeKind, ctx: TaskContext) -> None:
    """Write a value into a file, bytea as octets.

    Raises:
        UserError: "file.unwritable" (fact file).
    """
    ctx.token.raise_if_cancelled()
    try:
        path.write_bytes(bytes.fromhex(text[2:]) if kind is TypeKind.BINARY else text.encode("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError("file.unwritable", file=path.name) from error

"""What went wrong, as plain words: of the server's errors all fields, of Python's the place in the project."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

_FIELDS = {
    "message": "message_primary",
    "detail": "message_detail",
    "hint": "message_hint",
    "schema": "schema_name",
    "table": "table_name",
    "column": "column_name",
    "constraint": "constraint_name",
    "datatype": "datatype_name",
}
_ASYNCPG_FIELDS = {
    "message": "message",
    "detail": "detail",
    "hint": "hint",
    "schema": "schema_name",
    "table": "table_name",
    "column": "column_name",
    "constraint": "constraint_name",
    "datatype": "data_type_name",
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Walk from an error to what caused it."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def database_error(error: BaseException) -> DBAPIError | None:
    """Return the driver's error among an error and its causes."""
    return next((each for each in chain(error) if isinstance(each, DBAPIError)), None)


def described(error: BaseException, folder: str, failed: BaseException | None = None) -> dict[str, Any]:
    """Describe an error. `lost` says that the connection broke; `where` is "file.py:12" for what Python raised.

    `failed` is the driver's error of the last statement: where it is among the causes, it counts, and not what came of
    it when the transaction was left.
    """
    errors = [each for each in chain(error) if isinstance(each, DBAPIError)]
    found = next((each for each in errors if failed is not None and each.orig is failed), next(iter(errors), None))
    if found is None:
        return {"message": words(error), "where": place(error, folder)}
    original = found.orig
    report = _server(original) if original is not None else {}
    if not report.get("message"):
        report["message"] = str(original).strip()
    if found.connection_invalidated or (not report.get("sqlstate") and _is_operational(original)):
        report["lost"] = True
    return report


def words(error: BaseException) -> str:
    """Say an error in one line, as Python would at the end of a traceback; errors of tools without their class."""
    text = str(error).strip()
    if type(error).__module__.startswith("alembic") and text:
        return text
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def place(error: BaseException, folder: str) -> str:
    """Return file and line of the project in which an error arose, "" where no file of the project had a part."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 0}"
    root = Path(folder).resolve()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_absolute() and root in path.resolve().parents and "site-packages" not in path.parts:
            return f"{path}:{frame.lineno}"
    return ""


def _server(original: BaseException) -> dict[str, Any]:
    diag = getattr(original, "diag", None)
    if diag is not None:
        report = {name: getattr(diag, field, None) or "" for name, field in _FIELDS.items()}
        state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
        return {**report, "sqlstate": state or ""}
    inner = original.__cause__ or original
    report = {name: str(getattr(inner, field, None) or "") for name, field in _ASYNCPG_FIELDS.items()}
    report["message"] = report["message"] or str(inner)
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or getattr(inner, "sqlstate", None)
    return {**report, "sqlstate": state or ""}


def _is_operational(original: BaseException | None) -> bool:
    return type(original).__name__ in {"OperationalError", "InterfaceError"}

"""The text of a revision file: bodies and a message put into the project's template.

Runs in the project's interpreter: standard library and Alembic only.
"""

from __future__ import annotations

import ast
import io
import os
import secrets
import token
import tokenize
import unicodedata
from pathlib import Path
from typing import Any

from alembic import util

from .compares import Refused

_STRINGS = {token.STRING}
_STRING_STARTS = {getattr(token, name) for name in ("FSTRING_START", "TSTRING_START") if hasattr(token, name)}
_STRING_ENDS = {getattr(token, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(token, name)}
_HEAD = "def _():\n    pass\n"


class _Caught(BaseException):
    """Carries the text out of Alembic's writing."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source


def cleaned(message: str) -> str:
    """Return a message as one line without characters that can't be seen or written."""
    plain = "".join(" " if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in message)
    return " ".join(plain.split())


def in_docstring(message: str) -> str:
    """Write a message so that it can stand at the beginning of a template's docstring."""
    text = message.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return text[:-1] + '\\"' if text.endswith('"') and not text.endswith('\\"') else text


def check(draft: dict[str, Any]) -> tuple[str, int, str] | None:
    """Compile a draft's parts; return which part, line and words of the first error, None when there is none."""
    for name in ("upgrade", "downgrade"):
        try:
            ast.parse(_HEAD + indented(draft[name]) + "\n")
        except SyntaxError as error:
            return name, max((error.lineno or 3) - 2, 1), f"{type(error).__name__}: {error.msg}"
        except ValueError as error:  # a NUL character
            return name, 1, str(error)
    for number, line in enumerate(draft.get("imports") or (), start=1):
        try:
            ast.parse(line)
        except (SyntaxError, ValueError) as error:
            return "imports", number, str(getattr(error, "msg", error))
    return None


def indented(code: str) -> str:
    """Indent code by one level, but for the lines that belong to a string begun above them."""
    inside = _string_lines(code)
    lines = code.split("\n")
    return "\n".join(
        line if number in inside or not line.strip() else "    " + line for number, line in enumerate(lines, start=1)
    )


def _string_lines(code: str) -> set[int]:
    found: set[int] = set()
    begun: list[int] = []
    try:
        for each in tokenize.generate_tokens(io.StringIO(code).readline):
            if each.type in _STRINGS:
                found.update(range(each.start[0] + 1, each.end[0] + 1))
            elif each.type in _STRING_STARTS:
                begun.append(each.start[0])
            elif each.type in _STRING_ENDS and begun:
                found.update(range(begun.pop() + 1, each.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        return found
    return found


def body(code: str) -> str:
    """Return code as a template takes it: its first line stands where the template has it, the others are indented."""
    code = code.strip("\n")
    try:
        has_statement = bool(ast.parse(_HEAD + indented(code) + "\n").body[0].body[1:])  # type: ignore[attr-defined]
    except (SyntaxError, ValueError):
        has_statement = True
    return indented(code if has_statement else f"{code}\npass".lstrip("\n")).lstrip(" ")


def version_path(scripts: Any, parents: list[str]) -> str:
    """Return the folder for a revision that builds on `parents`: that of the first of them, else the first location."""
    for parent in parents:
        script = scripts.get_revision(parent)
        if script is not None and len(locations(scripts)) > 1:
            return str(Path(script.path).parent)
    return locations(scripts)[0]


def locations(scripts: Any) -> list[str]:
    """Return the folders of the project's revisions, as absolute paths."""
    found = getattr(scripts, "_version_locations", None) or scripts.version_locations or [Path(scripts.dir, "versions")]
    return [os.path.abspath(str(each)) for each in found]  # noqa: PTH100 - links stay as the project has them


def planned_path(scripts: Any, revision: str, parents: list[str], message: str) -> str:
    """Return where a revision's file will be written if it is written today."""
    folder = version_path(scripts, parents)
    date = scripts._generate_create_date()  # noqa: SLF001 - the name that generate_revision will give
    return str(scripts._rev_path(folder, revision, message, date))  # noqa: SLF001


def source(config: Any, scripts: Any, draft: dict[str, Any]) -> str:
    """Return the text of a draft's file, by the project's template.

    Raises:
        CommandError: Alembic's, when the template can't be used.
    """

    def catch(template: Any, target: Any, **words: Any) -> None:
        beside = Path(config.attributes["scratch"], "revision.py")
        util.template_to_file(template, str(beside), scripts.output_encoding, **words)
        raise _Caught(beside.read_text(encoding=scripts.output_encoding))

    vars(scripts)["_generate_template"] = catch
    vars(scripts)["_ensure_directory"] = lambda _folder: None
    try:
        _generate(config, scripts, draft)
    except _Caught as caught:
        return caught.source
    finally:
        del vars(scripts)["_generate_template"], vars(scripts)["_ensure_directory"]
    raise Refused("migration.draft_broken", line=0, words="")


def write(config: Any, scripts: Any, draft: dict[str, Any]) -> str:
    """Write a draft's file where the project wants it, whole or not at all, and return its path.

    Raises:
        Refused: "migration.draft_broken" (facts line, words), "migration.file_exists" (path),
            "migration.file_unwritable" (path, words).
    """

    def put(template: Any, target: Any, **words: Any) -> None:
        target = Path(target)
        if os.path.lexists(target):
            raise Refused("migration.file_exists", path=str(target))
        beside = target.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            util.template_to_file(template, str(beside), scripts.output_encoding, **words)
            compile_file(beside.read_text(encoding=scripts.output_encoding), str(target))
            _into_place(beside, target)
        finally:
            beside.unlink(missing_ok=True)

    vars(scripts)["_generate_template"] = put
    vars(scripts)["messaging_opts"] = {"quiet": True}
    try:
        script = _generate(config, scripts, draft)
    except OSError as error:
        path = error.filename or draft.get("path") or ""
        raise Refused("migration.file_unwritable", path=str(path), words=error.strerror or str(error)) from error
    return str(Path(script.path).absolute()) if script is not None else str(draft.get("path") or "")


def compile_file(text: str, path: str) -> Any:
    """Compile a revision file.

    Raises:
        Refused: "migration.draft_broken".
    """
    try:
        return compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise Refused(
            "migration.draft_broken", line=getattr(error, "lineno", 0) or 0, words=getattr(error, "msg", str(error))
        ) from error


def _into_place(beside: Path, target: Path) -> None:
    """Give a file its name. A link fails where the name is taken in the meantime; not every disk knows links."""
    try:
        os.link(beside, target)
    except FileExistsError as error:
        raise Refused("migration.file_exists", path=str(target)) from error
    except OSError:
        if os.path.lexists(target):
            raise Refused("migration.file_exists", path=str(target)) from None
        beside.rename(target)


def _generate(config: Any, scripts: Any, draft: dict[str, Any]) -> Any:
    parents = list(draft["parents"])
    return scripts.generate_revision(
        draft["revision"],
        in_docstring(draft["message"]),
        head=parents or "head",
        version_path=str(Path(draft["path"]).parent) if draft.get("path") else version_path(scripts, parents),
        config=config,
        imports="\n".join(draft.get("imports") or ()),
        upgrades=body(draft["upgrade"]),
        downgrades=body(draft["downgrade"]),
    )

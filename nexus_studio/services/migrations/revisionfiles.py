"""Revision files read from their syntax trees: identifiers, message, date, checksum. Nothing of them is ever run."""

from __future__ import annotations

import ast
import os
import re
import struct
import symtable
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from nexus_studio.core.admin.revisions import RevisionFile, RevisionGraph, RevisionProblem, build_graph, checksum
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.project import AlembicProject
from nexus_studio.services.syntaxtrees import parse

_REVISION_FILE = re.compile(r"(?!\.#|__init__)(.*\.py)$")  # as Alembic tells them
_OLD_NAME = re.compile(r"([a-f0-9]+)\.py$")  # where the id was the file's name, before Alembic 0.2
_DATE = re.compile(r"^\s*(?:Create Date|Created?(?: on| at)?)\s*:\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_IDENTIFIERS = ("revision", "down_revision", "branch_labels", "depends_on")
_PYC = struct.Struct("<4s3I")  # magic number, flags (0: what follows is moment and size), moment in seconds, bytes
_32_BITS = 0xFFFFFFFF
_BODY = re.compile(rb"^(?:def |async def |class |@)", re.MULTILINE)
_IDENTIFIER = re.compile(rb"^(?:revision|down_revision|branch_labels|depends_on)\b", re.MULTILINE)
# what only the last stage of compiling minds where it stands
_MISPLACED = re.compile(rb"^(?:return|yield|await)\b|\b(?:break|continue)\b", re.MULTILINE)
# of a file that Python can't read: an identifier on a line of its own, as every template writes them
_PLAIN = re.compile(rb"^(revision|down_revision)\b[^=\n]*=\s*(None|\"[\w.-]+\"|'[\w.-]+')\s*(?:#.*)?$", re.MULTILINE)


class _Computed(Exception):
    """An identifier's value is not written down but computed."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What became of one file: a revision, a problem, or both."""

    file: RevisionFile | None = None
    problem: RevisionProblem | None = None


def read_graph(project: AlembicProject, ctx: TaskContext | None = None) -> RevisionGraph:
    """Read all revision files of a project. Each is read once as long as it does not change.

    What is wrong with single files or between them is in the graph's `problems`.
    """
    files: list[RevisionFile] = []
    problems: list[RevisionProblem] = []
    seen: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's remarks on other people's string escapes
        for path, is_source in _paths(project, problems):
            if ctx is not None:
                ctx.token.raise_if_cancelled()
            if (real := _identity(path)) in seen:
                continue
            seen.add(real)
            reading = _read(path) if is_source else _Reading(problem=RevisionProblem("unreadable", path=path))
            files += [reading.file] if reading.file else []
            problems += [reading.problem] if reading.problem else []
    return build_graph(files, problems)


def forget() -> None:
    """Forget what was read, as a new process would have it."""
    _parsed.cache_clear()
    _real_folder.cache_clear()
    _listed.cache_clear()


def read_revision(path: Path) -> RevisionFile | None:
    """Read one file; None where it is no revision that can be understood."""
    return _read(path).file


def _paths(project: AlembicProject, problems: list[RevisionProblem]) -> Iterator[tuple[Path, bool]]:
    """Yield the files that Alembic would load, and whether each is source text. A folder that is not there is none."""
    for location in project.version_locations:
        if not location.exists():
            continue
        for folder, folders, names in os.walk(location, onerror=lambda error: problems.append(_unreadable(error))):
            place = Path(folder)
            if place.name.endswith("__pycache__"):
                continue
            for name in sorted(names):
                if _REVISION_FILE.match(name):
                    yield place / name, True
            if project.is_sourceless:
                yield from ((path, False) for path in _compiled(place, names))
            if not project.is_recursive:
                break
            folders.sort()


def _compiled(folder: Path, names: list[str]) -> list[Path]:
    """Return compiled files without their source: Alembic would load them, reading can't look into them."""
    sources = {name.partition(".")[0] for name in names if name.endswith(".py")}
    found = [*folder.glob("*.pyc"), *folder.glob("__pycache__/*.pyc")]
    return sorted(each for each in found if each.name.partition(".")[0] not in {*sources, "__init__"})


def _identity(path: Path) -> str:
    """Name a file so that it has one name in several locations; its folder is asked for links once."""
    return os.path.realpath(path) if path.is_symlink() else f"{_real_folder(path.parent)}{os.sep}{path.name}"


@lru_cache(maxsize=64)
def _real_folder(folder: Path) -> str:
    return os.path.realpath(folder)


def _unreadable(error: OSError) -> RevisionProblem:
    return RevisionProblem("unreadable", path=Path(error.filename) if error.filename else None)


def _read(path: Path) -> _Reading:
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError:
        return _Reading(problem=RevisionProblem("unreadable", path=path))


@lru_cache(maxsize=4096)
def _parsed(path: Path, mtime_ns: int, size: int, _inode: int) -> _Reading:
    """Read a file; the other arguments are there so that a changed file is read anew.

    Raises:
        OSError: when it can't be read.
    """
    source = path.read_bytes()
    try:
        if not _was_loaded(path, mtime_ns, size):
            _look_over(source, path)
        tree = _head(source) or parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _from_text(path, source, getattr(error, "lineno", None))
    return _from_tree(path, source, tree)


def _look_over(source: bytes, path: Path) -> None:
    """Have Python complain as it would when loading the file, at half the cost where no code need be made for that.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError.
    """
    if _MISPLACED.search(source):
        compile(source, path, "exec", dont_inherit=True)
    else:
        symtable.symtable(source, str(path), "exec")  # type: ignore[arg-type]  # bytes too, by their coding line


def _was_loaded(path: Path, mtime_ns: int, size: int) -> bool:
    """Tell whether a Python has loaded this very file: it leaves the moment and the size of what it compiled.

    Compiling is nearly all that reading costs. Of the compiled file nothing but those sixteen bytes is looked at.
    """
    for compiled in _compiled_files(path.parent).get(path.stem, ()):
        try:
            with compiled.open("rb") as file:
                head = file.read(_PYC.size)
        except OSError:
            continue
        if len(head) == _PYC.size and _PYC.unpack(head)[1:] == (0, mtime_ns // 10**9 & _32_BITS, size & _32_BITS):
            return True
    return False


def _compiled_files(folder: Path) -> Mapping[str, list[Path]]:
    place = folder / "__pycache__"
    try:
        return _listed(place, place.stat().st_mtime_ns)
    except OSError:
        return {}


@lru_cache(maxsize=64)
def _listed(place: Path, _mtime_ns: int) -> Mapping[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for each in place.glob("*.pyc"):
        found.setdefault(each.name.partition(".")[0], []).append(each)
    return found


def _head(source: bytes) -> ast.Module | None:
    """Return the tree of what stands before the first function, if all identifiers are there; None if they may not be.

    What upgrade() and downgrade() do is most of a file, and of no interest here.
    """
    body = _BODY.search(source)
    if body is None or _IDENTIFIER.search(source, body.start()) or len(_IDENTIFIER.findall(source)) < len(_IDENTIFIERS):
        return None
    try:
        return parse(source[: body.start()])
    except SyntaxError:  # a line of a longer text looked like a function
        return None


def _from_text(path: Path, source: bytes, line: int | None) -> _Reading:
    """Make what can be made of a file that Python can't read: its identifiers are mostly plain to see."""
    said = {name.decode(): value.decode() for name, value in _PLAIN.findall(source.replace(b"\r\n", b"\n"))}
    revision = said.get("revision", "None").strip("\"'")
    problem = RevisionProblem("syntax", path=path, line=line, revision="" if revision == "None" else revision)
    if not problem.revision or "down_revision" not in said:
        return _Reading(problem=problem)
    parent = said["down_revision"].strip("\"'")
    down = () if said["down_revision"] == "None" else (parent,)
    return _Reading(RevisionFile(revision, down, _slug(path, revision), path, checksum(source)), problem)


def _from_tree(path: Path, source: bytes, tree: ast.Module) -> _Reading:
    values = _assignments(tree)
    if "revision" not in values:
        old = _OLD_NAME.match(path.name)
        if old is None:
            return _Reading(problem=RevisionProblem("no_revision", path=path))
        values["revision"] = ast.Constant(old[1])
    revision = ""
    said: dict[str, tuple[str, ...]] = {}
    for name in _IDENTIFIERS:
        try:
            said[name] = _names(values.get(name), values)
        except _Computed:
            line = getattr(values[name], "lineno", None)
            return _Reading(problem=RevisionProblem("not_literal", path=path, line=line, revision=revision))
        revision = revision or "".join(said[name][:1])
    if not revision:
        return _Reading(problem=RevisionProblem("no_revision", path=path))
    page = (ast.get_docstring(tree, clean=False) or "").strip()
    file = RevisionFile(
        revision=revision,
        down=said["down_revision"],
        message=_message(page) or _slug(path, revision),
        path=path,
        checksum=checksum(source),
        created_at=_created(page),
        labels=said["branch_labels"],
        depends_on=said["depends_on"],
    )
    return _Reading(file)


def _assignments(tree: ast.Module) -> dict[str, ast.expr]:
    """Return what the module's names are set to at its top; the last one counts."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            found |= {each.id: node.value for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
    return found


def _names(node: ast.expr | None, values: Mapping[str, ast.expr], depth: int = 0) -> tuple[str, ...]:
    """Return the identifiers that an expression writes down: none, one, or several.

    Raises:
        _Computed: when it says something else.
    """
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return ()
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return tuple(name for each in node.elts for name in _names(each, values, depth))
    return (_text(node, values, depth),)


def _text(node: ast.expr, values: Mapping[str, ast.expr], depth: int) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, values, depth) + _text(node.right, values, depth)
    if isinstance(node, ast.Name) and node.id in values and not depth:
        return _text(values[node.id], values, depth + 1)
    raise _Computed


def _message(page: str) -> str:
    """Return the docstring's first paragraph on one line, as `alembic history` shows it."""
    first = re.split(r"\n\s*\n", page)[0]
    return "" if re.match(r"Revision(?: ID)?\s*:", first) else " ".join(first.split())


def _created(page: str) -> datetime | None:
    said = _DATE.search(page)
    if said is None:
        return None
    try:
        return datetime.fromisoformat(said[1])
    except ValueError:
        return None


def _slug(path: Path, revision: str) -> str:
    """Return what the file's name says behind the id: "create the platform"."""
    return path.stem.rpartition(revision)[2].replace("_", " ").strip(" -") or path.stem

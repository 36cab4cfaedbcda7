"""Revision files read from their syntax trees, in every way that people write them."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nexus_studio.core.admin.revisions import RevisionGraph
from nexus_studio.services.bundled_project import script_directory
from nexus_studio.services.migrations.project import AlembicProject, bundled
from nexus_studio.services.migrations.revisionfiles import forget, read_graph, read_revision

Write = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> AlembicProject:
    """An empty project whose only location is tmp_path/versions."""
    (tmp_path / "versions").mkdir()
    return AlembicProject("p", tmp_path, tmp_path, (tmp_path / "versions",))


@pytest.fixture
def write(project: AlembicProject) -> Write:
    """A function that writes a file of that name into the location."""

    def written(name: str, text: str | bytes) -> Path:
        path = project.version_locations[0] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def codes(graph: RevisionGraph) -> list[tuple[str, str]]:
    return [(each.code, each.path.name if each.path else "") for each in graph.problems]


TEMPLATE = '''"""Add the
second thing

Revision ID: b2
Revises: a1
Create Date: 2026-03-04 05:06:07.080900

"""
from typing import Sequence, Union

revision: str = "b2"
down_revision: Union[str, Sequence[str], None] = "a1"
branch_labels: Union[str, Sequence[str], None] = ("shop", "till")
depends_on: Union[str, Sequence[str], None] = "x9"
'''


def test_alembics_template_is_read(write: Write) -> None:
    read = read_revision(write("b2_add_the.py", TEMPLATE))
    assert read is not None
    assert (read.revision, read.down, read.message) == ("b2", ("a1",), "Add the second thing")
    assert (read.labels, read.depends_on) == (("shop", "till"), ("x9",))
    assert read.created_at == datetime(2026, 3, 4, 5, 6, 7, 80900)  # noqa: DTZ001 - the file names no zone
    crlf = read_revision(write("other.py", TEMPLATE.replace("\n", "\r\n")))
    assert crlf is not None
    assert crlf == replace(read, path=crlf.path)


@pytest.mark.parametrize(
    ("text", "down"),
    [
        ("down_revision = None", ()),
        ("", ()),
        ("down_revision = ()", ()),
        ("down_revision = 'a'", ("a",)),
        ('down_revision = ["a", "b"]', ("a", "b")),
        ('down_revision = ("a",\n  "b",)', ("a", "b")),
        ('down_revision = "a" + "b"', ("ab",)),
        ('down_revision = "a" "b"', ("ab",)),
        ('PARENT = "a"\ndown_revision = PARENT', ("a",)),
        ('down_revision: "str | None" = "a"', ("a",)),
        ('down_revision = "z"\ndown_revision = "a"', ("a",)),
        ('a = down_revision = "a"', ("a",)),
    ],
)
def test_parents_are_read_however_they_are_written(write: Write, text: str, down: tuple[str, ...]) -> None:
    read = read_revision(write("r.py", f'revision = "r"\n{text}\n'))
    assert read is not None
    assert read.down == down


@pytest.mark.parametrize(
    ("name", "page", "message"),
    [
        ("r_add_a_table.py", "", "add a table"),
        ("20260101_r_add_a_table.py", '"""Revision ID: r"""', "add a table"),
        ("r.py", "", "r"),
        ("r_x.py", '"""\nOnly this.\n"""', "Only this."),
    ],
)
def test_without_a_message_the_name_of_the_file_serves(write: Write, name: str, page: str, message: str) -> None:
    read = read_revision(write(name, f'{page}\nrevision = "r"\n'))
    assert read is not None
    assert read.message == message


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Create Date: 2026-01-02 03:04:05+00:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Created: 2026-01-02", datetime(2026, 1, 2)),  # noqa: DTZ001
        ("Create Date: the day before yesterday", None),
        ("", None),
    ],
)
def test_the_date_is_read(write: Write, said: str, expected: datetime | None) -> None:
    read = read_revision(write("r.py", f'"""A\n\n{said}\n"""\nrevision = "r"\n'))
    assert read is not None
    assert read.created_at == expected


def test_what_is_broken_is_named_and_the_rest_is_read(project: AlembicProject, write: Write) -> None:
    write("a.py", 'revision = "a"')
    write("b.py", 'revision = "b"\ndown_revision = "a"\n\ndef upgrade():\n    op.execute("x"\n')
    write("c.py", 'revision = "c"\ndown_revision = "b"')
    write("no_id.py", "x = 1")
    write("e.py", 'revision = make()\ndown_revision = "c"')
    write("f.py", 'revision = "f"\ndown_revision = f"{a}"')
    write("g.py", b'revision = "g"\0')
    write("h.py", b'revision = "h"\nx = "\xff"\n')
    write("i.py", "revision = [")
    graph = read_graph(project)
    assert list(graph.revisions) == ["a", "b", "c"]
    assert codes(graph) == [
        ("syntax", "b.py"),
        ("not_literal", "e.py"),
        ("not_literal", "f.py"),
        ("syntax", "g.py"),
        ("syntax", "h.py"),
        ("syntax", "i.py"),
        ("no_revision", "no_id.py"),
    ]
    by_name = {each.path.name: each for each in graph.problems if each.path}
    assert (by_name["b.py"].line, by_name["b.py"].revision) == (5, "b")
    assert (by_name["e.py"].line, by_name["f.py"].line, by_name["f.py"].revision) == (1, 2, "f")
    assert graph.has("f")
    assert graph.heads() == ("c",)


def test_deep_nonsense_is_a_problem_like_another(project: AlembicProject, write: Write) -> None:
    write("a.py", 'revision = "a"\nx = ' + "(" * 5000 + ")" * 5000)
    write("b.py", 'revision = "b"\nx = ' + "-" * 100_000 + "1")
    assert {code for code, _ in codes(read_graph(project))} == {"syntax"}


@pytest.mark.parametrize(
    "code",
    [b"return 1", b"def f():\n    break", b"def f(a, a): pass", b"x = (", b"x = 1\0", b"x = '\xe9'"],
)
def test_whatever_python_would_refuse_is_a_problem(project: AlembicProject, write: Write, code: bytes) -> None:
    file = write("a.py", "")
    file.write_bytes(b'revision = "a"\ndown_revision = None\n' + code + b"\n")
    assert [each.code for each in read_graph(project).problems] == ["syntax"]


def test_a_files_coding_line_is_minded(project: AlembicProject, write: Write) -> None:
    file = write("a.py", "")
    file.write_bytes(b'# coding: latin-1\n"""\xe9t\xe9"""\nrevision = "a"\n')
    graph = read_graph(project)
    assert not graph.problems
    assert graph.revisions["a"].message == "été"


def test_only_alembics_files_are_read(project: AlembicProject, write: Write) -> None:
    write("a.py", 'revision = "a"')
    for name in ("__init__.py", ".#a.py", "a.py~", "notes.txt", "__pycache__/a.cpython-311.pyc", "__pycache__/z.py"):
        write(name, "no Python at all (")
    write("deeper/b.py", 'revision = "b"\ndown_revision = "a"')
    assert list(read_graph(project).revisions) == ["a"]
    assert list(read_graph(replace(project, is_recursive=True)).revisions) == ["a", "b"]
    assert not read_graph(replace(project, is_recursive=True)).problems


def test_compiled_files_without_source_are_named(project: AlembicProject, write: Write) -> None:
    write("a.py", 'revision = "a"')
    write("__pycache__/a.cpython-311.pyc", "")
    write("__pycache__/b.cpython-311.pyc", "")
    write("c.pyc", "")
    assert codes(read_graph(project)) == []
    found = codes(read_graph(replace(project, is_sourceless=True)))
    assert found == [("unreadable", "b.cpython-311.pyc"), ("unreadable", "c.pyc")]


def test_a_file_in_two_locations_is_one(project: AlembicProject, write: Write) -> None:
    write("a.py", 'revision = "a"')
    (project.folder / "more").mkdir()
    (project.folder / "more" / "a.py").symlink_to(project.version_locations[0] / "a.py")
    locations = (*project.version_locations, project.folder / "more", project.folder / "nowhere")
    graph = read_graph(replace(project, version_locations=locations))
    assert (list(graph.revisions), graph.problems) == (["a"], ())


def test_what_may_not_be_read_is_named(project: AlembicProject, write: Write) -> None:
    (project.version_locations[0] / "a.py").symlink_to(project.folder / "gone.py")
    write("b.py", 'revision = "b"')
    graph = read_graph(project)
    assert (list(graph.revisions), codes(graph)) == (["b"], [("unreadable", "a.py")])


@pytest.mark.parametrize(
    "text",
    [
        'revision = "r"\ndown_revision = branch_labels = None\ndepends_on = None\ndef f(): pass\nrevision = "s"\n',
        'x = """\ndef f(): pass\n"""\nrevision = "s"\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n',
        '@wraps\ndef f(): pass\nrevision = "s"\n',
        'x = """\nrevision\ndown_revision\nbranch_labels\ndepends_on\ndef f(): pass\n"""\nrevision = "s"\n',
        'if True:\n    revision = "r"\nrevision = "s"\ndef f(): return\n',
    ],
)
def test_identifiers_are_found_wherever_they_stand(write: Write, text: str) -> None:
    read = read_revision(write("x.py", text))
    assert read is not None
    assert read.revision == "s"


def test_what_python_has_loaded_is_not_compiled_again(project: AlembicProject, write: Write) -> None:
    path = write("a.py", 'revision = "a"\n\ndef upgrade(:\n')
    assert codes(read_graph(project)) == [("syntax", "a.py")]
    status = path.stat()
    header = struct.pack("<4s3I", b"any.", 0, int(status.st_mtime), status.st_size)
    compiled = write("__pycache__/a.cpython-399.pyc", header)
    forget()
    assert codes(read_graph(project)) == [("syntax", "a.py")]  # not all identifiers are at the head: the whole is read
    for broken in (b"", header[:-4] + b"\0\0\0\0", header[:4] + b"\1\0\0\0" + header[8:]):
        compiled.write_bytes(broken)
        forget()
        assert codes(read_graph(project)) == [("syntax", "a.py")]


def test_a_loaded_file_is_trusted_as_long_as_it_is_that_one(project: AlembicProject, write: Write) -> None:
    text = 'revision = "a"\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n\ndef upgrade(:\n'
    path = write("a.py", text)
    status = path.stat()
    write("__pycache__/a.cpython-399.pyc", struct.pack("<4s3I", b"any.", 0, int(status.st_mtime), status.st_size))
    assert codes(read_graph(project)) == []
    write("a.py", text + "\n")
    assert codes(read_graph(project)) == [("syntax", "a.py")]


def test_a_changed_file_is_read_anew(project: AlembicProject, write: Write) -> None:
    path = write("a.py", 'revision = "a"\n')
    before = read_graph(project).revisions["a"].checksum
    assert read_graph(project).revisions["a"].checksum == before
    write("a.py", 'revision = "a"\n# more\n')
    assert read_graph(project).revisions["a"].checksum != before
    path.unlink()
    assert not read_graph(project).revisions


def test_nothing_is_run(project: AlembicProject, write: Write) -> None:
    mark = project.folder / "was_run"
    write("a.py", f'import pathlib\npathlib.Path({str(mark)!r}).touch()\nrevision = "a"\nraise SystemExit(9)\n')
    loaded = set(sys.modules)
    assert list(read_graph(project).revisions) == ["a"]
    assert not mark.exists()
    assert set(sys.modules) == loaded


def test_remarks_on_other_peoples_escapes_are_not_ours(project: AlembicProject, write: Write) -> None:
    write("a.py", 'revision = "a"\nx = "\\d"\n')  # any warning fails a test here
    assert list(read_graph(project).revisions) == ["a"]


def test_two_thousand_files(project: AlembicProject, write: Write) -> None:
    for number in range(2000):
        down = f'"r{number - 1:04}"' if number else "None"
        write(f"r{number:04}_x.py", f'"""X\n"""\nrevision = "r{number:04}"\ndown_revision = {down}\n')
    graph = read_graph(project)
    assert (len(graph.revisions), graph.problems, graph.heads()) == (2000, (), ("r1999",))


def test_the_bundled_project_is_read_as_alembic_reads_it() -> None:
    ours = read_graph(bundled())
    theirs = list(script_directory().walk_revisions())
    assert not ours.problems
    assert set(ours.revisions) == {each.revision for each in theirs}
    for each in theirs:
        read = ours.revisions[each.revision]
        assert read.path == Path(os.path.realpath(each.path))
        assert read.message == each.doc
        assert read.created_at is not None

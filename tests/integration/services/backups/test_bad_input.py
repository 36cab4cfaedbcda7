"""What a person may come with, from the command line: nothing is touched, what is wrong is said, nothing is left.

What goes wrong inside (children that are killed, servers that are restarted, full disks) is tried in
`test_creating_faults.py` and `test_restoring_faults.py`, odd dumps in `test_restoring_dumps.py`, damage in
`test_proving_damage.py`.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql as pgsql
from psycopg.conninfo import conninfo_to_dict

from nexus_studio import cli
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from tests.support.fix_cluster import make_conninfo_url
from tests.support.waiting import until

ROOT = Path(cli.__file__).parents[1]
AWKWARD = "we \"ird' d=b é"
TABLE = '"s p. \'q""x"."T a\'b""l*e?"'
CONTENT = """
    SELECT (SELECT coalesce(string_agg(u::text, ' ' ORDER BY id), '') FROM users u),
           (SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname NOT LIKE 'nxs%'),
           (SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles)
"""


@pytest.fixture(scope="module")
def home(server_room: Path) -> Iterator[Path]:
    folder = server_room / "bad-input-home"
    with embedded_session(Paths.below(folder), TaskContext.for_test()):
        yield folder


class Person:
    """Somebody at the command line, on one database, with a folder of their own."""

    def __init__(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.name = str(conninfo_to_dict(url)["dbname"])
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, Any]:
        """Run an action with --json; return the exit code and the answer."""
        self._capsys.readouterr()
        code = cli.main(["backup", *words, "--url", self.url, "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    def error(self, *words: str) -> tuple[int, str, str]:
        """Run what fails; return exit code, the error's code and its message."""
        code, found = self(*words)
        return code, found["error"]["code"], found["error"]["message"]

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement by a connection that is gone afterwards."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def state(self) -> tuple[object, ...]:
        """What must not change: the rows, the server's databases and roles, what is in the folder."""
        return (*self.run(CONTENT)[0], sorted(str(each) for each in self.folder.rglob("*")))

    def plain(self, name: str = "a") -> Path:
        """Write a plain backup, without a sidecar: a dump that is handed over."""
        how = ("--format", "plain", "--compress", "none", "--name", name)
        file = Path(self("create", "--folder", str(self.folder), *how)[1]["file"])
        file.with_name(file.name + ".json").unlink()
        return file


@pytest.fixture
def person(
    pg_url: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Person:
    monkeypatch.setenv("NEXUS_STUDIO_HOME", str(home))
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    found = Person(pg_url, tmp_path / "mine", capsys)
    found.run("CREATE TABLE users (id int PRIMARY KEY, name text)")
    found.run("INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 30) n")
    found.run("CREATE TABLE other AS SELECT 1 AS id")
    return found


# --- files that are no backups


def _letter(folder: Path, _: bytes) -> Path:
    (folder / "letter.sql").write_text("Dear all,\nDROP TABLE users;\n")
    return folder / "letter.sql"


def _packed_letter(folder: Path, _: bytes) -> Path:
    (folder / "letter.sql.gz").write_bytes(gzip.compress(b"Dear all,\n" * 1000))
    return folder / "letter.sql.gz"


def _nothing(folder: Path, _: bytes) -> Path:
    (folder / "nothing.dump").touch()
    return folder / "nothing.dump"


def _program(folder: Path, _: bytes) -> Path:
    (folder / "program.dump").write_bytes(b"\x7fELF" + bytes(range(256)) * 50)
    return folder / "program.dump"


def _tar(folder: Path, _: bytes) -> Path:
    with tarfile.open(folder / "x.tar", "w") as tar:
        tar.add(_letter(folder, b""), "letter.sql")
    return folder / "x.tar"


def _folder(folder: Path, _: bytes) -> Path:
    (folder / "holiday").mkdir()
    return folder / "holiday"


def _cut(folder: Path, content: bytes) -> Path:
    (folder / "cut.dump").write_bytes(content[:-30])
    return folder / "cut.dump"


def _cut_text(folder: Path, _: bytes) -> Path:
    (folder / "cut.sql").write_text("--\n-- PostgreSQL database dump\n--\n\nDROP TABLE users;\n")
    return folder / "cut.sql"


def _head_alone(folder: Path, content: bytes) -> Path:
    (folder / "head.dump").write_bytes(content[:20])
    return folder / "head.dump"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_letter, "backup.no_dump"),
        (_packed_letter, "backup.no_dump"),
        (_nothing, "backup.no_dump"),
        (_program, "backup.no_dump"),
        (_tar, "backup.no_dump"),
        (_folder, "backup.no_dump"),
        (_cut, "backup.truncated"),
        (_cut_text, "backup.truncated"),
        (_head_alone, "backup.truncated"),
    ],
)
def test_what_is_no_backup_is_named_and_touches_nothing(
    make: Callable[[Path, bytes], Path], code: str, person: Person
) -> None:
    good = Path(person("create", "--folder", str(person.folder))[1]["file"])
    file = make(person.folder, good.read_bytes())
    before = person.state()
    for words in (("restore", str(file), "--confirm", person.name), ("verify", str(file)), ("show", str(file))):
        exit_code, found, message = person.error(*words)
        assert (exit_code, found) == (3, code), words
        assert file.name in message
    for inside in (("compare", str(file), "users"), ("bring-back", str(file), "users", "--key", "id=1", "--yes")):
        assert person.error(*inside)[:2] == (3, code), inside
    assert person.state() == before


def test_an_altered_backup_is_not_restored(person: Person) -> None:
    file = Path(person("create", "--folder", str(person.folder))[1]["file"])
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    before = person.state()
    code, found, message = person.error("restore", str(file), "--confirm", person.name)
    assert (code, found) == (3, "backup.altered")
    assert file.name in message
    assert person.state() == before


# --- dumps that are odd


def _with(file: Path, before: str, after: str) -> Path:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    return file


def test_a_dump_that_drops_databases_and_goes_elsewhere_stays_where_it_is_sent(person: Person) -> None:
    file = person.plain()
    evil = f'DROP DATABASE "{person.name}";\nCREATE DATABASE evil;\n\\connect postgres\nSET statement_timeout = 0;'
    _with(file, "SET statement_timeout = 0;", evil)
    person.run("DELETE FROM users WHERE id = 3")
    before = person.state()
    code, found = person("show", str(file))
    assert code == 0
    assert {"archive.drops_database", "archive.connects"} <= set(found["warnings"])
    code, found = person("restore", str(file), "--as", "nxs_beside", "--confirm", person.name)
    assert (code, found["database"]) == (0, "nxs_beside")
    assert person.state() == before
    with psycopg.connect(make_conninfo_url(person.url, "nxs_beside")) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (30,)
    person.run("DROP DATABASE nxs_beside")


@pytest.mark.parametrize(
    ("evil", "code", "name"),
    [
        ("\\! touch owned", "restore.commands", "\\!"),
        ("SELECT 1 \\g |touch owned", "restore.commands", "\\g"),
        ("COPY users TO PROGRAM 'touch owned';", "restore.commands", "PROGRAM"),
        ("CREATE ROLE nxs_evil SUPERUSER;", "restore.cluster", ""),
    ],
)
def test_a_dump_that_would_do_more_is_refused(evil: str, code: str, name: str, person: Person) -> None:
    file = _with(person.plain(), "SET statement_timeout = 0;", f"{evil}\nSET statement_timeout = 0;")
    before = person.state()
    for words in (("restore", str(file), "--confirm", person.name), ("verify", str(file))):
        exit_code, found, message = person.error(*words)
        assert (exit_code, found) == (1, code), words
        assert name in message
    assert person.state() == before


@pytest.mark.parametrize("kind", ["plain", "custom"])
def test_errors_in_one_table_are_named(kind: str, person: Person) -> None:
    folder = str(person.folder)
    made = person("create", "--folder", folder, "--format", kind, "--compress", "none", "--name", "a")[1]
    file = Path(made["file"])
    content = file.read_bytes()
    assert content.count(b"7\tu7\n") == 1
    file.write_bytes(content.replace(b"7\tu7\n", b"x\tu7\n"))
    file.with_name(file.name + ".json").unlink()
    before = person.state()
    for words in ((), ("--as", "nxs_beside")):
        code, found, message = person.error("restore", str(file), *words, "--confirm", person.name)
        assert (code, found) == (1, "restore.failed")
        assert "users" in message
        assert "invalid input syntax for type integer" in message
        assert "u7" not in message
    assert person.state() == before
    code, found = person("verify", str(file), "--trust")
    proof = found["backup"]["proof"]
    assert (code, proof["is_good"]) == (3, False)
    assert any("users" in each for each in proof["problems"])


def test_a_dump_of_a_newer_server_is_warned_of(person: Person) -> None:
    file = person.plain()
    file.write_text(file.read_text().replace("from database version 1", "from database version 9"))
    code, found = person("show", str(file))
    assert (code, "archive.newer_server" in found["warnings"]) == (0, True)
    assert person("restore", str(file), "--dry-run")[0] == 0


# --- where to


def test_nothing_is_restored_onto_itself(person: Person) -> None:
    file = person("create", "--folder", str(person.folder))[1]["file"]
    before = person.state()
    for words, code in ((("--empty",), "restore.not_empty"), (("--as", person.name), "restore.exists")):
        assert person.error("restore", file, *words, "--confirm", person.name)[:2] == (1, code)
    assert person.state() == before
    exit_code, found = person("restore", file, "--confirm", person.name)
    assert (exit_code, person.state()[0]) == (0, before[0])
    assert person("dismiss", found["kept_as"], "--yes")[0] == 0


def test_what_can_not_be_written_is_said(person: Person) -> None:
    (person.folder / "a file").touch()
    before = person.state()
    for folder in (person.folder / "a file", person.folder / "a file" / "below"):
        code, found, message = person.error("create", "--folder", str(folder))
        assert (code, found) == (1, "backup.unwritable")
        assert str(folder) in message
    assert person.error("create", "--name", "../x")[:2] == (1, "backup.name")
    assert person.state() == before


def test_names_with_quotes_and_spaces(
    person: Person, own_database: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    template = str(conninfo_to_dict(own_database())["dbname"])
    with psycopg.connect(person.url, autocommit=True) as connection:
        rename = pgsql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(pgsql.Identifier(template), pgsql.Identifier(AWKWARD)))
    url = make_conninfo_url(person.url, "we%20%22ird%27%20d%3Db%20%C3%A9")
    odd = Person(url, person.folder, capsys)
    try:
        odd.run('CREATE SCHEMA "s p. \'q""x"')
        odd.run(f'CREATE TABLE {TABLE} ("i d" int PRIMARY KEY, "v\'" text)')
        odd.run(f"INSERT INTO {TABLE} SELECT n, n::text FROM generate_series(1, 5) n")
        for kind in ("custom", "directory", "plain"):
            words = ("--folder", str(person.folder / "f 'o\"l"), "--name", f"na 'me {kind}", "--format", kind)
            code, found = odd("create", *words, "--verify")
            assert (code, found["backup"]["proof"]["tables_compared"]) == (0, 1), kind
            odd.run(f"DELETE FROM {TABLE}")
            code, restored = odd("restore", found["file"], "--confirm", AWKWARD)
            assert (code, odd.run(f"SELECT count(*) FROM {TABLE}")) == (0, [(5,)]), kind
            assert odd("dismiss", restored["kept_as"], "--yes")[0] == 0
        odd.run(f'DELETE FROM {TABLE} WHERE "i d" = 2')
        code, _ = odd("bring-back", found["file"], TABLE, "--key", "i d=2", "--yes")
        assert (code, odd.run(f"SELECT count(*) FROM {TABLE}")) == (0, [(5,)])
    finally:
        with psycopg.connect(person.url, autocommit=True) as connection:
            connection.execute(rename.format(pgsql.Identifier(AWKWARD), pgsql.Identifier(template)))


@pytest.mark.parametrize("kind", ["custom", "directory", "plain"])
def test_large_objects(kind: str, person: Person) -> None:
    person.run("SELECT lo_from_bytea(4711, decode(repeat('ab00', 60000), 'hex')), lo_from_bytea(4712, '')")
    code, found = person("create", "--folder", str(person.folder), "--format", kind, "--verify")
    assert code == 0
    person.run("SELECT lo_unlink(4711), lo_unlink(4712)")
    code, _ = person("restore", found["file"], "--confirm", person.name)
    assert code == 0
    held = person.run("SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY oid")
    empty = "d41d8cd98f00b204e9800998ecf8427e"
    assert held[1] == (4712, empty)
    assert held[0] == (4711, person.run("SELECT md5(decode(repeat('ab00', 60000), 'hex'))")[0][0])
    assert person("dismiss", person("kept")[1]["kept"][0]["name"], "--yes")[0] == 0


# --- real processes


WAITING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE application_name LIKE 'nexus-studio%' AND (wait_event = 'PgSleep' OR wait_event_type = 'Lock')
"""


@pytest.mark.parametrize("action", ["create", "restore"])
def test_ctrl_c_leaves_nothing(action: str, person: Person, home: Path) -> None:
    """A lock or a sleep keeps it from coming to its end; then the person loses patience."""
    file = _with(person.plain(), "SET statement_timeout = 0;", "SET statement_timeout = 0;\nSELECT pg_sleep(600);")
    before = person.state()
    words = {
        "create": ("--folder", str(person.folder)),
        "restore": (str(file), "--as", "nxs_x", "--confirm", person.name),
    }
    with psycopg.connect(person.url) as holder, psycopg.connect(person.url, autocommit=True) as watcher:
        holder.execute("LOCK TABLE other IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            [sys.executable, "-m", "nexus_studio", "backup", action, *words[action], "--url", person.url, "--quiet"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "NEXUS_STUDIO_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: watcher.execute(WAITING).fetchone() != (0,))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "error: Cancelled. Nothing was changed by what was stopped.\n")
    assert person.state() == before

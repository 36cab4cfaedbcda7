"""`nexus-studio backup` on a real server: written, proven, shown, listed, pruned, copied, scheduled; exit codes."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_studio import cli
from nexus_studio.cli_wording import words_for
from nexus_studio.cli_wording_backups import (
    BACKUP_WORDS,
    DIFFERENCES,
    STANDINGS,
    STEPS,
    archive_warning,
    backup_warning,
    schedule_note,
)
from nexus_studio.core.admin.backups import Difference
from nexus_studio.core.admin.retention import Standing
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.paths import Paths
from tests.support.fix_cluster import profile_of
from tests.support.planted_backups import plant_days

Sql = Callable[..., list[tuple[Any, ...]]]
Cli = Callable[..., tuple[int, Any]]
Say = Callable[..., tuple[int, str, str]]

SOURCE = Path(cli.__file__).parent


@pytest.fixture(scope="module")
def home(server_room: Path) -> Iterator[Path]:
    """A home whose scratch server runs: starting one for each test would take a second."""
    folder = server_room / "cli-backup-home"
    with embedded_session(Paths.below(folder), TaskContext.for_test()):
        yield folder


@pytest.fixture(autouse=True)
def at_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_STUDIO_HOME", str(home))
    monkeypatch.chdir(tmp_path)  # no project here


@pytest.fixture
def say(pg_url: str, capsys: pytest.CaptureFixture[str]) -> Say:
    """A function that runs an action on the test's database; returns exit code, standard output, standard error."""

    def say(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["backup", *words, "--url", pg_url])
        said = capsys.readouterr()
        return code, said.out, said.err

    return say


@pytest.fixture
def run(say: Say) -> Cli:
    """The same with --json: exit code and answer."""

    def run(*words: str) -> tuple[int, Any]:
        code, out, _ = say(*words, "--json")
        return code, json.loads(out) if out else None

    return run


@pytest.fixture
def shop(sql: Sql) -> None:
    sql("CREATE TABLE users (id int PRIMARY KEY, name text)")
    sql("INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 50) n")
    sql("""CREATE SCHEMA "o'd"; CREATE TABLE "o'd"."a ""b" (x int); INSERT INTO "o'd"."a ""b" VALUES (1)""")


def ending(text: str) -> str:
    return text.strip().splitlines()[-1]


@pytest.mark.usefixtures("shop")
def test_a_backup_says_where_it_is_and_why_and_is_proven(run: Cli, say: Say, tmp_path: Path) -> None:
    code, found = run("create", "--folder", str(tmp_path / "kept"), "--verify")
    file = Path(found["file"])
    assert (code, file.parent) == (0, tmp_path / "kept")
    assert {each.name for each in file.parent.iterdir()} == {file.name, file.name + ".json"}
    backup = found["backup"]
    assert (backup["tables"], backup["rows"], backup["size_bytes"]) == (2, 51, file.stat().st_size)
    assert found["tool"]["reason"] in {"same", "newer", "only"}
    assert (backup["proof"]["is_good"], backup["proof"]["tables_compared"]) == (True, 2)
    assert backup["proven_at"]
    code, out, _ = say("verify", str(file))
    assert code == 0
    assert f"{file.name} is proven" in out
    code, found = run("show", str(file))
    assert (code, found["kind"], found["tables"]) == (0, "custom", ['"o\'d"."a ""b"', "users"])
    assert found["missing_roles"] == []
    code, out, _ = say("show", str(file), "--items")
    assert re.search(
        r"^proven +[-0-9]+ [:0-9]+ \(embedded, PostgreSQL [0-9.]+\), 2 tables compared$", out, re.MULTILINE
    )
    assert re.search(r"TABLE DATA\s+public\s+users", out)
    code, out, _ = say("create", "--folder", str(tmp_path / "kept"))
    assert code == 0
    assert re.search(r"^backup +\S+\.dump\nsize .*\ntool +pg_dump .*\(.*\)\ntables +2 with 51 rows", out)


@pytest.mark.usefixtures("shop")
def test_what_is_wanted_is_written(run: Cli, tmp_path: Path) -> None:
    folder = str(tmp_path / "kept")
    code, found = run("create", "--folder", folder, "--format", "plain", "--table", "users", "--no-counts")
    file = Path(found["file"])
    assert (code, found["backup"]["tables"]) == (0, None)
    assert re.fullmatch(r"backup_\d{8}\.sql\.gz", file.name)
    text = gzip.decompress(file.read_bytes()).decode()
    assert "CREATE TABLE public.users" in text
    assert '"o\'d"' not in text
    code, found = run(
        "create", "--folder", folder, "--format", "directory", "--jobs", "2", "--name", "mine", "--globals"
    )
    assert (code, Path(found["file"]).is_dir(), Path(found["file"]).name) == (0, True, "mine.dir")
    roles = (Path(folder) / found["backup"]["globals_file"]).read_text()
    assert "CREATE ROLE" in roles
    assert "PASSWORD" not in roles
    code, found = run("create", "--folder", folder, "--schema-only", "--compress", "none", "--schema", "o'd")
    assert (code, found["backup"]["contents"], found["backup"]["compression"]) == (0, "schema", "none")
    for words, expected, error in (
        (("--jobs", "2"), 2, "cli.backup_options"),
        (("--passwords",), 2, "cli.backup_options"),
        (("--table", "users", "--schema", "public"), 2, "backup.both_chosen"),
        (("--encrypt-for", "age1x", "--format", "directory"), 2, "backup.encrypt_directory"),
        (("--table", "nobody"), 1, "backup.unknown"),
        (("--table", 'x"'), 1, "relation.unknown"),
        (("--name", "mine", "--format", "directory"), 1, "backup.exists"),
        (("--copy-to", "s3://key:secret@bucket/x"), 1, "backup.copy_secret"),
    ):
        code, found = run("create", "--folder", folder, *words)
        assert (code, found["error"]["code"]) == (expected, error), words


@pytest.mark.usefixtures("shop")
def test_what_is_not_whole_ends_with_three(run: Cli, say: Say, tmp_path: Path) -> None:
    file = Path(run("create", "--folder", str(tmp_path / "kept"))[1]["file"])
    text = tmp_path / "letter.sql"
    text.write_text("Dear all,\n")
    cut = tmp_path / "cut.dump"
    cut.write_bytes(file.read_bytes()[:-20])
    altered = file.with_name("altered.dump")
    content = bytearray(file.read_bytes())
    content[-40] ^= 1
    altered.write_bytes(content)
    altered.with_name("altered.dump.json").write_text(
        file.with_name(file.name + ".json").read_text().replace(file.name, "altered.dump")
    )
    for each, error in ((text, "backup.no_dump"), (cut, "backup.truncated"), (altered, "backup.altered")):
        for action in ("show", "verify"):
            code, found = run(action, str(each))
            assert (code, found["error"]["code"]) == (3, error), (each, action)
            assert each.name in found["error"]["message"]
    code, found = run("show", str(tmp_path / "nothing"))
    assert (code, found["error"]["code"]) == (1, "backup.unreadable")
    code, _, err = say("verify", str(cut), "--quiet")
    assert (code, err.count("\n")) == (3, 1)
    # what was taken out and packed again is restored, but is not what it was
    code, found = run("create", "--folder", str(tmp_path / "kept"), "--format", "plain", "--compress", "none")
    plain = Path(found["file"])
    plain.write_text(plain.read_text().replace("7\tu7\n", ""))
    sidecar = plain.with_name(plain.name + ".json")
    record = json.loads(sidecar.read_text())
    sidecar.unlink()
    assert run("verify", str(plain))[1]["error"]["code"] == "cli.trust"
    code, found = run("verify", str(plain), "--trust")
    assert (code, found["backup"]["proof"]["tables_compared"]) == (0, 0)  # nothing is known of it
    made = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps({**record, "sha256": made["sha256"], "size_bytes": made["size_bytes"]}))
    code, out, err = say("verify", str(plain))
    assert (code, err) == (3, "")
    assert out.startswith(f"{plain.name} is NOT proven: 1 table differs.\n  users: 49 rows instead of 50")
    code, out, err = say("verify", str(plain), "--quiet")
    assert (code, out, err) == (3, "", f"{plain.name} is NOT proven: 1 table differs.\n")


def _has_run(role: str) -> bool:
    """Tell whether what was restored has made a role on the scratch server."""
    with embedded_session(Paths.default(), TaskContext.for_test()) as session, session.alone(TaskContext()) as driver:
        found = driver.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        return found == (1,)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("shop")
def test_what_a_stranger_has_made_runs_only_where_somebody_vouches_for_it(
    run: Cli, pg_url: str, sql: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dump leaves a mark on the scratch server when it runs: a role, which only this test asks for."""
    made = run("create", "--folder", str(tmp_path / "kept"), "--format", "plain", "--compress", "none")[1]
    file = tmp_path / "stranger.sql"
    mark = f"nxs_ran_{os.getpid()}"
    runs = f"DO $$ BEGIN EXECUTE 'CREATE RO' || 'LE {mark}'; END $$;"
    text = Path(made["file"]).read_text()
    file.write_text(text.replace("SET statement_timeout = 0;", f"SET statement_timeout = 0;\n{runs}"))
    sql("DELETE FROM users WHERE id = 7")
    others = (
        ("verify", str(file)),
        ("open", str(file)),
        ("compare", str(file), "users"),
        ("bring-back", str(file), "users", "--key", "id=7", "--yes"),
    )
    for words in others:
        code, found = run(*words)
        assert (code, found["error"]["code"]) == (1, "cli.trust"), words
        assert file.name in found["error"]["message"]
        assert _has_run(mark) is False
    monkeypatch.setattr("sys.stderr", said := _Terminal())
    for answer in ("", "no\n", "\n"):
        monkeypatch.setattr("sys.stdin", _Terminal(answer))
        assert cli.main(["backup", "verify", str(file)]) == 1
    assert said.getvalue().count("Do you know where it is from?") == 3
    assert _has_run(mark) is False
    monkeypatch.setattr("sys.stdin", _Terminal("y\n"))
    assert cli.main(["backup", "compare", str(file), "users", "--url", pg_url]) == 0
    assert _has_run(mark) is True
    assert not file.with_name(file.name + ".json").exists()
    monkeypatch.undo()


@pytest.mark.usefixtures("shop")
def test_what_was_vouched_for_once_is_known(run: Cli, tmp_path: Path) -> None:
    made = Path(run("create", "--folder", str(tmp_path / "kept"))[1]["file"])
    assert run("verify", str(made))[0] == 0
    file = tmp_path / "foreign.dump"
    made.rename(file)
    assert run("verify", str(file), "--quiet")[0] == 1
    assert run("verify", str(file), "--trust")[0] == 0
    assert run("verify", str(file))[0] == 0


@pytest.mark.usefixtures("shop")
def test_quiet_says_nothing_of_success_and_one_line_of_failure(say: Say, tmp_path: Path) -> None:
    assert say("create", "--folder", str(tmp_path / "kept"), "--quiet", "--verify") == (0, "", "")
    code, out, err = say("create", "--folder", str(tmp_path / "kept"), "--quiet", "--table", "nobody")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("error: There is no nobody")


def test_no_connection_is_one_and_not_three(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["backup", "create", "--url", "postgresql://nobody@localhost:1/none", "--quiet"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("shop")
def test_the_library_is_listed_and_pruned(run: Cli, say: Say, pg_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    assert run("list", "--folder", str(folder))[1] == {"backups": [], "unreadable": []}
    assert say("list", "--folder", str(folder))[1] == "There is no backup.\n"
    profile: ConnectionProfile = profile_of(pg_url)
    plant_days(folder, profile, days=3)
    (folder / "theirs.dump").write_bytes(b"PGDMP")
    listed = ("list", "--folder", str(folder))
    code, found = run(*listed)
    assert [(each["file"].rpartition("/")[2], each["standing"]) for each in found["backups"]][1:] == [
        (f"day{number}.dump", "unproven") for number in range(3)
    ]
    assert found["backups"][0]["standing"] == "foreign"
    assert "theirs.dump" in say(*listed)[1]
    rule = ("--daily", "1", "--weekly", "0", "--monthly", "0", "--at-least", "0", "--folder", str(folder))
    code, found = run("prune", *rule, "--dry-run")
    assert code == 0
    assert [each["file"].rpartition("/")[2] for each in found["would_delete"]["deleted"]] == ["day1.dump", "day2.dump"]
    code, found = run("prune", *rule)
    assert (code, found["error"]["code"]) == (1, "cli.yes")
    assert (folder / "day2.dump").exists()
    code, out, err = say("prune", *rule, "--yes")
    assert (code, ending(out)[:9]) == (0, "2 deleted")
    assert re.search(r"day0\.dump +.*the newest, daily", err)
    assert {each.name for each in folder.iterdir()} == {"day0.dump", "day0.dump.json", "theirs.dump"}
    code, found = run("prune", *rule, "--environment", "production")
    assert (code, found["would_delete"]["deleted"]) == (0, [])


def test_folders_are_added_and_left_out(run: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    assert run("folders", "--add", str(folder))[1]["error"]["code"] == "backup.no_folder"
    folder.mkdir()
    assert str(folder) in run("folders", "--add", str(folder))[1]["folders"]
    assert str(folder) in run("folders")[1]["folders"]
    assert str(folder) not in run("folders", "--remove", str(folder))[1]["folders"]
    assert run("folders", "--remove", str(folder))[1]["error"]["code"] == "backup.not_a_folder_of_ours"


@pytest.mark.usefixtures("shop")
def test_a_copy_is_compared_and_noted(run: Cli, tmp_path: Path) -> None:
    away = tmp_path / "away"
    code, found = run("create", "--folder", str(tmp_path / "kept"), "--copy-to", str(away))
    assert (code, found["error"]["code"], (tmp_path / "kept").exists()) == (1, "backup.no_folder", False)
    away.mkdir()
    code, found = run("create", "--folder", str(tmp_path / "kept"), "--copy-to", str(away))
    file = Path(found["file"])
    assert (code, found["backup"]["copies"]) == (0, [str(away / file.name)])
    assert (away / file.name).read_bytes() == file.read_bytes()
    assert run("copy", str(file), str(away))[0] == 0  # it is there: it is read again
    (away / file.name).write_bytes(b"another")
    code, found = run("copy", str(file), str(away))
    assert (code, found["error"]["code"]) == (1, "backup.copy_exists")


@pytest.mark.skipif(shutil.which("age-keygen") is None, reason="age is not installed")
@pytest.mark.usefixtures("shop")
def test_who_encrypts_need_not_be_able_to_decrypt(run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key.txt"
    made = subprocess.run(["age-keygen", "-o", str(key)], capture_output=True, text=True, check=True)
    recipient = made.stderr.split()[-1]
    folder = tmp_path / "kept"
    code, found = run("create", "--folder", str(folder), "--encrypt-for", recipient, "--verify")
    file = Path(found["file"])
    assert (code, file.suffix, found["backup"]["encrypted"], found["backup"]["proof"]["is_good"]) == (
        0,
        ".age",
        "age",
        True,
    )
    assert {each.name for each in folder.iterdir()} == {file.name, file.name + ".json"}
    code, found = run("verify", str(file))
    assert (code, found["error"]["code"]) == (1, "backup.identity_missing")
    monkeypatch.setenv("NEXUS_STUDIO_AGE_IDENTITY", str(key))
    assert run("verify", str(file))[1]["backup"]["proof"]["tables_compared"] == 2
    for words, expected, error in (
        (("--encrypt-for", "age1nonsense!"), 1, "backup.encrypt_failed"),
        (("--encrypt-for", "AGE-SECRET-KEY-1"), 1, "backup.recipient"),
        (("--encrypt-for", recipient, "--format", "directory"), 2, "backup.encrypt_directory"),
    ):
        code, found = run("create", "--folder", str(folder), *words)
        assert (code, found["error"]["code"]) == (expected, error), words
    assert {each.name for each in folder.iterdir()} == {file.name, file.name + ".json"}


def test_a_schedule_is_shown_and_needs_a_saved_connection(run: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run("schedule")
    assert (code, found["error"]["code"]) == (1, "cli.needs_profile")
    words = ["backup", "schedule", "--profile", 'a "b" c', "--at", "03:15", "--days", "mon,thu", "--scheduler", "cron"]
    assert cli.main([*words, "--verify", "--prune", "--daily", "3", "--show", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["schedule"]
    assert (found["at"], found["days"], found["prune"]["daily"]) == ("03:15", ["mon", "thu"], 3)
    assert "\n15 3 * * 1,4 " in found["texts"][0]["text"]
    assert cli.main([*words, "--show"]) == 0
    assert "mon, thu at 03:15" in capsys.readouterr().out
    assert cli.main([*words, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "backup.profile_unsaved"
    assert cli.main(["backup", "unschedule", "--profile", "nobody", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "cli.not_scheduled"
    assert cli.main(["backup", "runs"]) == 0
    assert capsys.readouterr().out == "No backup is scheduled.\n"


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--jobs", "0"),
        ("create", "--format", "tar"),
        ("create", "--schema-only", "--data-only"),
        ("schedule", "--at", "25:00"),
        ("schedule", "--days", "someday"),
        ("prune", "--daily", "-1"),
        ("verify",),
        ("bring-back", "x.dump", "users"),
    ],
)
def test_wrong_words_end_with_two(words: tuple[str, ...]) -> None:
    assert cli.main(["backup", *words]) == 2


def test_every_code_has_words() -> None:
    raised = re.compile(r'(?:BackupFailed|BackupDamaged|RestoreRefused)\(\s*"([a-z_.]+)"')
    texts = {file: file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py")}
    codes = {code for text in texts.values() for code in raised.findall(text)}
    assert len(codes) > 30
    assert codes - set(BACKUP_WORDS) == set()
    steps = {
        code
        for text in texts.values()
        for code in re.findall(r'Progress\(\s*"((?:backup|restore|inside)\.[a-z_]+)"', text)
    }
    steps |= {
        code
        for text in texts.values()
        for code in re.findall(r'ING?: Final = "((?:backup|restore|inside)\.\w+)"', text)
    }
    assert steps - set(STEPS) == {"backup.checking"}  # said by resets too
    warnings = (SOURCE / "core/admin/archives.py").read_text(encoding="utf-8")
    for code in re.findall(r'"((?:archive|restore)\.[a-z_]+)"', warnings):
        if not code.startswith("restore.") or code in {"restore.left_out", "restore.needed", "restore.not_analyzed"}:
            assert archive_warning(code) != code
    for code in ("tool.newer_than_target", "backup.pooler", "backup.room"):
        assert backup_warning(code) != code
    notes = (SOURCE / "services/backups/scheduling.py").read_text(encoding="utf-8")
    for code in re.findall(r'"(schedule\.[a-z_]+)"', notes):
        assert schedule_note(code) != code
    assert {each.value for each in Standing} == set(STANDINGS)
    assert set(Difference) == set(DIFFERENCES)


def test_sizes_are_said_for_people() -> None:
    message, following = words_for(BackupFailed("backup.no_room", folder="/x", free=1 << 20, needed=1 << 30))
    assert message == "There is no room in /x: 1024 kB are free, 1024 MB are needed."
    assert "--folder" in following

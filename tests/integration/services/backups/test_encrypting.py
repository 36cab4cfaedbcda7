"""Encrypted backups, with age and gpg themselves: opened by the right key alone, plain files never left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.errors import BackupDamaged, BackupFailed, StudioError, ToolMissing
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.backupfiles import is_whole, read_record
from nexus_studio.services.backups import library
from nexus_studio.services.backups.encrypting import IDENTITY_VARIABLE, decrypted, encrypt, program_for
from nexus_studio.services.paths import Paths
from tests.support.planted_backups import MADE_AT, plant, sha256

CTX = TaskContext.for_test()
CONTENT = b"PGDMP" + bytes(range(256)) * 9_000
AGE = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


@dataclass(frozen=True, slots=True)
class Key:
    """Somebody's key: how they are named, and the program."""

    program: str
    recipient: str
    identity: Path | None = None


def make_age(folder: Path, name: str) -> Key:
    if not shutil.which("age-keygen"):
        pytest.skip("age is not installed")
    identity = folder / name
    subprocess.run(["age-keygen", "-o", identity], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True, text=True)
    return Key("age", public.stdout.strip(), identity)


@pytest.fixture
def gnupg(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of GnuPG's own; its path is short, as it is a socket's too."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    with tempfile.TemporaryDirectory(prefix="g") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        yield Path(home)
        subprocess.run(["gpgconf", "--kill", "all"], check=True, capture_output=True)


def make_gpg(name: str) -> Key:
    words = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", name, "future-default", "default", "never"]
    subprocess.run(words, check=True, capture_output=True)
    listed = subprocess.run(
        ["gpg", "--batch", "--with-colons", "--list-keys", name], check=True, capture_output=True, text=True
    )
    return Key("gpg", next(line.split(":")[9] for line in listed.stdout.splitlines() if line.startswith("fpr")))


@pytest.fixture(params=["age", "gpg"])
def key(request: pytest.FixtureRequest, tmp_path: Path) -> Key:
    if request.param == "age":
        return make_age(tmp_path, "identity.txt")
    request.getfixturevalue("gnupg")
    return make_gpg("Keeper <keeper@example.org>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my “backups” 50%"


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are: at the end of a test nothing is left there."""
    found = tmp_path / "scratch"
    found.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found))
    return found


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_it_is_there_encrypted_and_not_plain(folder: Path, key: Key, scratch: Path) -> None:
    file, record = plant(folder, "-shop.dump", CONTENT, copies=("/elsewhere",), proven_at=MADE_AT)
    made = encrypt(file, [key.recipient], CTX)
    name = f"-shop.dump.{key.program}"
    assert made == folder / name
    assert names(folder) == [name, f"{name}.json"]
    assert CONTENT[:200] not in made.read_bytes()
    assert made.stat().st_mode & 0o777 == 0o600
    found = read_record(folder / f"{name}.json")
    assert found is not None
    assert found == replace(
        record,
        file=name, encrypted=key.program, copies=(), size_bytes=made.stat().st_size, sha256=sha256(made.read_bytes()),
    )  # fmt: skip
    assert is_whole(made, found, CTX)
    with decrypted(made, CTX, identity=key.identity) as plain:
        assert plain.read_bytes() == CONTENT
        assert plain.name == "-shop.dump"
        assert plain.stat().st_mode & 0o777 == 0o600
        assert plain.parent.stat().st_mode & 0o777 == 0o700
        assert plain.parent.parent == scratch
    assert names(scratch) == []
    (entry,) = library.entries(Paths.default(), [folder], CTX)
    assert (entry.kind, entry.standing.value) == (ArchiveKind.ENCRYPTED, "proven")


def test_roles_may_hold_hashes_and_are_encrypted_too(folder: Path, key: Key) -> None:
    file, _ = plant(folder, "shop.dump", CONTENT, globals_file="shop.globals.sql")
    (folder / "shop.globals.sql").write_text("ALTER ROLE x PASSWORD 'SCRAM-SHA-256$…'")
    made = encrypt(file, [key.recipient], CTX)
    assert names(folder) == [made.name, f"{made.name}.json", f"shop.globals.sql.{key.program}"]
    record = read_record(folder / f"{made.name}.json")
    assert record is not None
    assert record.globals_file == f"shop.globals.sql.{key.program}"
    with decrypted(folder / record.globals_file, CTX, identity=key.identity) as plain:
        assert "SCRAM" in plain.read_text()


def test_a_foreign_file_is_encrypted_without_a_sidecar(folder: Path, key: Key) -> None:
    folder.mkdir()
    (folder / "theirs.sql").write_text("SELECT 1;")
    made = encrypt(folder / "theirs.sql", [key.recipient], CTX)
    assert names(folder) == [made.name]


def test_the_plain_file_is_removed_whatever_happens(folder: Path, key: Key, scratch: Path) -> None:
    file, _ = plant(folder, content=CONTENT)
    made = encrypt(file, [key.recipient], CTX)
    with pytest.raises(ZeroDivisionError), decrypted(made, CTX, identity=key.identity) as plain:
        assert plain.exists()
        raise ZeroDivisionError
    assert names(scratch) == []


def test_what_a_killed_process_has_left_is_removed(folder: Path, key: Key, scratch: Path) -> None:
    file, _ = plant(folder, content=CONTENT)
    made = encrypt(file, [key.recipient], CTX)
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    for pid in (gone.pid, os.getpid(), "x"):
        (scratch / f"nexus-studio-plain-{pid}-abc").mkdir()
        (scratch / f"nexus-studio-plain-{pid}-abc" / "plain").write_text("rows")
    with decrypted(made, CTX, identity=key.identity):
        pass
    assert names(scratch) == sorted([f"nexus-studio-plain-{os.getpid()}-abc", "nexus-studio-plain-x-abc"])


def test_another_key_does_not_open_it(folder: Path, scratch: Path, tmp_path: Path) -> None:
    mine, other = make_age(tmp_path, "mine"), make_age(tmp_path, "other")
    file, _ = plant(folder, content=CONTENT)
    made = encrypt(file, [mine.recipient], CTX)
    with pytest.raises(BackupFailed, match="not_decrypted"), decrypted(made, CTX, identity=other.identity):
        pass
    assert names(scratch) == []


def test_each_of_several_keys_opens_it(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [make_age(tmp_path, name) for name in ("one", "two")]
    file, _ = plant(folder, content=CONTENT)
    made = encrypt(file, [each.recipient for each in keys], CTX)
    for each in keys:
        monkeypatch.setenv(IDENTITY_VARIABLE, str(each.identity))
        with decrypted(made, CTX) as plain:
            assert plain.read_bytes() == CONTENT


@pytest.mark.usefixtures("gnupg")
def test_gpg_without_the_key_does_not_open_it(folder: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_gpg("Keeper <keeper@example.org>")
    file, _ = plant(folder, content=CONTENT)
    made = encrypt(file, [key.recipient], CTX)
    with tempfile.TemporaryDirectory(prefix="g") as other:
        monkeypatch.setenv("GNUPGHOME", other)
        with pytest.raises(BackupFailed, match="not_decrypted"), decrypted(made, CTX):
            pass
        subprocess.run(["gpgconf", "--kill", "all"], check=True, capture_output=True)
    assert names(scratch) == []


def test_cut_off_or_altered_it_is_not_opened(folder: Path, key: Key, scratch: Path) -> None:
    file, _ = plant(folder, content=CONTENT)
    made = encrypt(file, [key.recipient], CTX)
    whole = made.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-30] + b"?" + whole[-29:], b"PGDMP no such thing"):
        made.write_bytes(damaged)
        with pytest.raises(BackupFailed, match="not_decrypted"), decrypted(made, CTX, identity=key.identity):
            pass
    assert names(scratch) == []


def test_without_an_identity_it_is_said_what_is_wanted(folder: Path, tmp_path: Path) -> None:
    key = make_age(tmp_path, "mine")
    file, _ = plant(folder, content=CONTENT)
    made = encrypt(file, [key.recipient], CTX)
    for identity in (None, tmp_path / "no such file"):
        with pytest.raises(BackupFailed) as caught, decrypted(made, CTX, identity=identity):
            pass
        assert (caught.value.code, caught.value.facts) == ("backup.identity_missing", {"variable": IDENTITY_VARIABLE})


@pytest.mark.parametrize(
    ("recipients", "code"),
    [
        ([], "backup.no_recipients"),
        ([AGE, "0123456789ABCDEF0123456789ABCDEF01234567"], "backup.recipients_mixed"),
        (["AGE-SECRET-KEY-1QQQQ"], "backup.recipient"),
        (["--output=/etc/passwd"], "backup.recipient"),
        (["-----BEGIN PGP PRIVATE KEY BLOCK-----"], "backup.recipient"),
        ([" "], "backup.recipient"),
        (["a\nb"], "backup.recipient"),
    ],
)
def test_recipients_that_make_no_sense_are_refused_and_not_repeated(
    folder: Path, recipients: list[str], code: str
) -> None:
    file, _ = plant(folder)
    with pytest.raises(BackupFailed) as caught:
        encrypt(file, recipients, CTX)
    assert (caught.value.code, caught.value.facts) == (code, {})
    assert names(folder) == ["shop.dump", "shop.dump.json"]


def test_who_is_meant_says_which_program() -> None:
    ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN me@host"
    assert program_for([AGE, ssh]) == "age"
    assert program_for(["keeper@example.org"]) == "gpg"


def test_a_key_that_nobody_knows_leaves_all_as_it_was(folder: Path, gnupg: Path) -> None:
    make_gpg("Somebody else <other@example.org>")
    file, _ = plant(folder, content=CONTENT)
    with pytest.raises(BackupFailed) as caught:
        encrypt(file, ["keeper@example.org"], CTX)
    assert caught.value.code == "backup.encrypt_failed"
    assert "keeper@example.org" in str(caught.value.facts["words"])
    assert names(folder) == ["shop.dump", "shop.dump.json"]
    assert gnupg.exists()


def test_a_broken_recipient_of_age_leaves_all_as_it_was(folder: Path, tmp_path: Path) -> None:
    make_age(tmp_path, "here")
    file, _ = plant(folder, content=CONTENT)
    with pytest.raises(BackupFailed, match="encrypt_failed"):
        encrypt(file, ["age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"], CTX)
    assert names(folder) == ["shop.dump", "shop.dump.json"]


def test_a_folder_is_not_encrypted(folder: Path) -> None:
    file, _ = plant(folder, "shop.dir", {"toc.dat": b"PGDMP"})
    with pytest.raises(BackupFailed, match="encrypt_directory"):
        encrypt(file, [AGE], CTX)


def test_damage_is_not_hidden_by_encrypting_it(folder: Path) -> None:
    file, _ = plant(folder, content=CONTENT)
    file.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(BackupDamaged, match="altered"):
        encrypt(file, [AGE], CTX)
    assert names(folder) == ["shop.dump", "shop.dump.json"]


def test_a_file_that_is_there_is_not_written_over(folder: Path) -> None:
    file, _ = plant(folder, content=CONTENT)
    (folder / "shop.dump.age").write_text("mine")
    with pytest.raises(BackupFailed, match="exists"):
        encrypt(file, [AGE], CTX)
    assert (folder / "shop.dump.age").read_text() == "mine"
    assert len(names(folder)) == 3


def test_without_the_program_it_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file, _ = plant(folder, content=CONTENT)
    (folder / "x.dump.age").write_bytes(b"age-encryption.org/v1\n")
    (tmp_path / "identity").touch()
    monkeypatch.setenv("PATH", "/nowhere")
    for recipient, tool in ((AGE, "age"), ("me@example.org", "gpg")):
        with pytest.raises(ToolMissing) as caught:
            encrypt(file, [recipient], CTX)
        assert caught.value.facts == {"tool": tool}
    with pytest.raises(ToolMissing), decrypted(folder / "x.dump.age", CTX, identity=tmp_path / "identity"):
        pass
    assert names(folder) == ["shop.dump", "shop.dump.json", "x.dump.age"]


def test_stopped_all_is_as_it_was(folder: Path, tmp_path: Path, scratch: Path) -> None:
    key = make_age(tmp_path, "mine")
    file, _ = plant(folder, content=CONTENT)
    for step in ("backup.checking", "backup.encrypting"):
        token = CancelToken()
        ctx = TaskContext(token, lambda progress, t=token, s=step: t.cancel() if progress.step == s else None)  # type: ignore[misc]
        with pytest.raises(Cancelled):
            encrypt(file, [key.recipient], ctx)
        assert names(folder) == ["shop.dump", "shop.dump.json"]
    made = encrypt(file, [key.recipient], CTX)
    token = CancelToken()
    with pytest.raises(Cancelled), decrypted(made, TaskContext(token, lambda _: token.cancel()), identity=key.identity):
        pass
    assert names(scratch) == []


def test_a_full_disk_leaves_all_as_it_was(folder: Path, tmp_path: Path) -> None:
    """A program that stands in for age writes a little and then finds the disk full."""
    fake = tmp_path / "bin" / "age"
    fake.parent.mkdir()
    words = "age: no space left on device"
    fake.write_text(f'#!/bin/sh\nprintf "age-encryption.org/v1\\n" > "$4"\necho "{words}" >&2\nexit 1\n')
    fake.chmod(0o755)
    file, record = plant(folder, content=CONTENT)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(StudioError) as caught:
        patch.setenv("PATH", str(fake.parent))
        encrypt(file, [AGE], CTX)
    assert caught.value.facts["words"] == words
    assert names(folder) == ["shop.dump", "shop.dump.json"]
    assert is_whole(file, record, CTX)


def test_a_plain_file_that_stays_is_not_passed_over(folder: Path, key: Key) -> None:
    folder.mkdir()
    plain = folder / "theirs.sql"
    plain.write_text("SELECT 1;")
    if subprocess.run(["chattr", "+i", plain], capture_output=True, check=False).returncode != 0:
        pytest.skip("this file system has no immutable files")
    try:
        with pytest.raises(BackupFailed) as caught:
            encrypt(plain, [key.recipient], CTX)
    finally:
        subprocess.run(["chattr", "-i", plain], check=True)
    assert (caught.value.code, caught.value.facts["file"]) == ("backup.encrypt_failed", plain.name)

"""Encrypted backups, by age or gpg where they are installed: for recipients, whose own keys open them again.

Neither a key nor a passphrase passes through here. age reads an identity from the file that a person names; gpg asks
its agent. The sidecar stays readable: it holds names, numbers and checksums, no rows.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from nexus_studio.core.admin.archives import HEAD_BYTES, ArchiveKind, kind_of_head
from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec
from nexus_studio.core.errors import BackupDamaged, BackupFailed, ToolMissing
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import PART, checksum, give_name, is_whole, read_record, sync, write_record
from nexus_studio.services.tools import Ran, run_tool

ENCRYPTING: Final = "backup.encrypting"
DECRYPTING: Final = "backup.decrypting"
"""The progress steps; nothing is known of how far the program is."""

IDENTITY_VARIABLE: Final = "NEXUS_STUDIO_AGE_IDENTITY"
"""Names the file with the identity by which age opens backups; the key itself stays in the file."""

_AGE: Final = re.compile(r"age1[0-9a-z]+|ssh-(ed25519|rsa) [A-Za-z0-9+/=]+( .*)?")
_FINGERPRINT: Final = re.compile(r"(0x)?([0-9A-F]{40}|[0-9A-F]{64})!?", re.IGNORECASE)
_SECRET: Final = re.compile(r"AGE-SECRET-KEY-|-----BEGIN", re.IGNORECASE)
_AGE_HEADS: Final = (b"age-encryption.org/", b"-----BEGIN AGE")
_ENDINGS: Final = {"age": ".age", "gpg": ".gpg"}
_FOLDER: Final = "nexus-studio-plain-"

log = logging.getLogger(__name__)


def program_for(recipients: Sequence[str]) -> str:
    """Return which program encrypts for these recipients: "age" or "gpg".

    Raises:
        BackupFailed: "backup.no_recipients", "backup.recipients_mixed" (they are of both),
            "backup.recipient" (one makes no sense, or is a secret key; it is not repeated).
    """
    if not recipients:
        raise BackupFailed("backup.no_recipients")
    for each in recipients:
        if not each.strip() or each.startswith("-") or not each.isprintable() or _SECRET.search(each):
            raise BackupFailed("backup.recipient")
    of_age = [bool(_AGE.fullmatch(each)) for each in recipients]
    if any(of_age) and not all(of_age):
        raise BackupFailed("backup.recipients_mixed")
    return "age" if all(of_age) else "gpg"


def require_encryption(spec: BackupSpec) -> None:
    """See beforehand that what is wanted can be encrypted, where it is to be.

    Raises:
        BackupFailed: "backup.encrypt_directory", and what `program_for` raises.
        ToolMissing: the program is not installed; fact tool.
    """
    if spec.encrypt_for:
        _found(program_for(spec.encrypt_for))
        if spec.format is BackupFormat.DIRECTORY:
            raise BackupFailed("backup.encrypt_directory", file="")


def encrypt(file: Path, recipients: Sequence[str], ctx: TaskContext) -> Path:
    """Encrypt a backup and its file of roles, and return the new file. Progress step `ENCRYPTING`.

    What is plain is removed last, when all of the new one is on the disk.

    Raises:
        BackupFailed: "backup.encrypt_directory" (a folder can't be; choose another format), "backup.exists" (fact
            file), "backup.encrypt_failed" (facts file, words), and what `program_for` raises. What was there is;
            where only it can't be removed, it is beside what is encrypted.
        BackupDamaged: "backup.altered" (fact file): it is not what its sidecar says.
        ToolMissing: neither is installed; fact tool.
        Cancelled: what was there is, and nothing else.
    """
    program = program_for(recipients)
    if file.is_dir():
        raise BackupFailed("backup.encrypt_directory", file=file.name)
    record = read_record(file.with_name(file.name + SUFFIX))
    plain = [file, *_roles(file, record)]
    targets = [each.with_name(each.name + _ENDINGS[program]) for each in plain]
    for each in targets:
        if os.path.lexists(each):
            raise BackupFailed("backup.exists", file=each.name)
    if record is not None and not is_whole(file, record, ctx):
        raise BackupDamaged("backup.altered", file=file.name)
    try:
        for source, target in zip(plain, targets, strict=True):
            _encrypt_one(program, recipients, source, _part(target), ctx)
        if record is not None:
            _write_sidecar(record, targets, program, ctx)
        for target in reversed(targets):  # the backup last
            give_name(_part(target), target)
    except OSError as error:
        raise BackupFailed("backup.encrypt_failed", file=file.name, words=error.strerror or "") from error
    finally:
        _remove_unfinished(targets)
    _remove((*plain, file.with_name(file.name + SUFFIX)))
    log.info("backup encrypted", extra={"program": program, "recipients": len(recipients)})
    return targets[0]


def _remove(plain: Sequence[Path]) -> None:
    for each in plain:
        try:
            each.unlink(missing_ok=True)
        except OSError as error:  # nobody may take for encrypted what is still readable
            raise BackupFailed("backup.encrypt_failed", file=each.name, words=error.strerror or "") from error


@contextmanager
def decrypted(
    file: Path, ctx: TaskContext, *, identity: Path | None = None, folder: Path | None = None
) -> Iterator[Path]:
    """Lend the plain backup: a file in a private folder, removed at the end of the block, whatever happens.

    Args:
        file: What `encrypt` or somebody else has made.
        ctx: Told `DECRYPTING`.
        identity: The file with age's identity; None: the one that `NEXUS_STUDIO_AGE_IDENTITY` names.
        folder: Where the private folder is made, on a disk with room; None: where temporary files are.

    Raises:
        BackupFailed: "backup.identity_missing" (age needs to be told the file), "backup.not_decrypted" (facts file,
            words: the program's own; no key fits, or it is cut off or altered).
        ToolMissing: the program is not installed; fact tool.
        Cancelled: the token was cancelled.
    """
    _remove_orphans(folder)
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-", dir=folder) as private:
        plain = Path(private) / _plain_name(file.name)
        try:
            program = program_of(file)
            os.close(os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            ctx.report(Progress(DECRYPTING, 0, None, "bytes"))
            arguments = _decrypting(program, plain, identity)
            with file.open("rb") as stream:
                ran = run_tool(_found(program), arguments, ctx, stdin=stream)
        except OSError as error:
            raise BackupFailed("backup.not_decrypted", file=file.name, words=error.strerror or "") from error
        if ran.status != 0:
            plain.unlink(missing_ok=True)
            raise BackupFailed("backup.not_decrypted", file=file.name, words=ran.words)
        yield plain


def _encrypt_one(program: str, recipients: Sequence[str], source: Path, part: Path, ctx: TaskContext) -> None:
    ctx.report(Progress(ENCRYPTING, 0, None, "bytes"))
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with source.open("rb") as stream:
        ran = run_tool(_found(program), _encrypting(program, recipients, part), ctx, stdin=stream)
    if ran.status != 0 or not _is_encrypted(part):
        raise BackupFailed("backup.encrypt_failed", file=source.name, words=_words(ran))
    part.chmod(0o600)
    sync(part)


def _encrypting(program: str, recipients: Sequence[str], part: Path) -> list[str]:
    chosen = [word for each in recipients for word in ("--recipient", each)]
    if program == "age":
        return [*chosen, "--output", str(part)]
    # whoever names a key by its whole fingerprint has looked at it; else gpg's web of trust has to know it
    is_known = all(_FINGERPRINT.fullmatch(each.replace(" ", "")) for each in recipients)
    trust = ["--trust-model", "always"] if is_known else []
    return ["--batch", "--no-tty", "--yes", "-z", "0", *trust, *chosen, "--output", str(part), "--encrypt"]


def _decrypting(program: str, plain: Path, identity: Path | None) -> list[str]:
    if program == "gpg":
        return ["--batch", "--no-tty", "--yes", "--output", str(plain), "--decrypt"]
    named = os.environ.get(IDENTITY_VARIABLE, "").strip()
    chosen = identity or (Path(named).expanduser() if named else None)
    if chosen is None or not chosen.is_file():
        raise BackupFailed("backup.identity_missing", variable=IDENTITY_VARIABLE)
    return ["--decrypt", "--identity", str(chosen.absolute()), "--output", str(plain)]


def _write_sidecar(record: BackupRecord, targets: Sequence[Path], program: str, ctx: TaskContext) -> None:
    part = _part(targets[0])
    encrypted = replace(
        record,
        file=targets[0].name,
        size_bytes=part.stat().st_size,
        sha256=checksum(part, ctx),
        encrypted=program,
        globals_file=targets[1].name if len(targets) > 1 else record.globals_file,
        copies=(),  # those are of the plain one
    )
    write_record(encrypted, targets[0].parent)


def _roles(file: Path, record: BackupRecord | None) -> list[Path]:
    """Return the file of roles of a backup: it may hold hashes of passwords."""
    name = record.globals_file if record is not None else ""
    if not name or Path(name).name != name or not file.with_name(name).is_file():
        return []
    return [file.with_name(name)]


def _remove_unfinished(targets: Sequence[Path]) -> None:
    """Remove what an attempt has left, unless it came to its end."""
    is_done = not any(_part(each).exists() for each in targets) and targets[0].exists()
    if is_done:
        return
    sidecar = targets[0].with_name(targets[0].name + SUFFIX)
    for each in (*map(_part, targets), *targets[1:], sidecar):
        with suppress(OSError):
            each.unlink()


def _part(target: Path) -> Path:
    return target.with_name(target.name + PART)


def _is_encrypted(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    return kind_of_head(head, file.name.removesuffix(PART)) is ArchiveKind.ENCRYPTED


def program_of(file: Path) -> str:
    """Return which program opens an encrypted file: "age" or "gpg".

    Raises:
        OSError: it can't be read.
    """
    with file.open("rb") as stream:
        return "age" if stream.read(HEAD_BYTES).startswith(_AGE_HEADS) else "gpg"


def _plain_name(name: str) -> str:
    for ending in (*_ENDINGS.values(), ".pgp", ".asc"):
        name = name.removesuffix(ending)
    return name or "backup"


def _found(program: str) -> Path:
    found = shutil.which(program)
    if found is None:
        raise ToolMissing(tool=program)
    return Path(found)


def _words(ran: Ran) -> str:
    return ran.words or f"status {ran.status}"


def _remove_orphans(folder: Path | None) -> None:
    """Remove the plain files that killed processes have left."""
    for each in Path(folder or tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        owner = each.name.removeprefix(_FOLDER).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(each, ignore_errors=True)

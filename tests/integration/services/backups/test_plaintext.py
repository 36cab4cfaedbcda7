"""Plain dumps as streams: compressed in several pieces, cut off, with what must not be run; and psql that is fed."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.plainjudge import PlainOptions
from nexus_studio.core.errors import BackupDamaged, RestoreRefused, ToolMissing
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.backups.feeding import fed, output_of
from nexus_studio.services.backups.plaintext import chunks, head, runnable, survey
from nexus_studio.services.backups.zstd import ZstdCompressor

BEGIN = b"--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 16.4\n"
END = b"\n--\n-- PostgreSQL database dump complete\n--\n\n"
ROWS = b"COPY public.t (a) FROM stdin;\n" + b"0123456789abcdef\n" * 300_000 + b"\\.\n"
DUMP = BEGIN + b"CREATE TABLE public.t (a text);\n" + ROWS + END
CTX = TaskContext.for_test()


def zstd(data: bytes) -> bytes:
    compressor = ZstdCompressor()
    return compressor.compress(data) + compressor.flush()


PACKED = {
    ArchiveKind.PLAIN: DUMP,
    ArchiveKind.PLAIN_GZIP: gzip.compress(DUMP),
    ArchiveKind.PLAIN_ZSTD: zstd(DUMP),
}
HALF = len(DUMP) // 2


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x"


@pytest.mark.parametrize("kind", PACKED)
def test_each_kind_gives_its_text_in_small_pieces(kind: ArchiveKind, file: Path) -> None:
    file.write_bytes(PACKED[kind])
    counts: list[int] = []
    found = list(chunks(file, kind, counts.append))
    assert b"".join(found) == DUMP
    assert max(map(len, found)) <= 1 << 20
    assert sum(counts) == len(PACKED[kind])
    assert survey(file, kind).server_version == "16.4"
    assert b"".join(runnable(file, kind, PlainOptions())).endswith(b"\\.\n")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (ArchiveKind.PLAIN_GZIP, gzip.compress(DUMP[:HALF]) + gzip.compress(DUMP[HALF:])),
        (ArchiveKind.PLAIN_GZIP, gzip.compress(DUMP) + bytes(512)),
        (ArchiveKind.PLAIN_GZIP, gzip.compress(DUMP[:HALF]) + bytes(300_000) + gzip.compress(DUMP[HALF:])),
        (ArchiveKind.PLAIN_ZSTD, zstd(DUMP[:HALF]) + zstd(DUMP[HALF:])),
        (ArchiveKind.PLAIN_GZIP, gzip.compress(DUMP) + gzip.compress(b"")),
    ],
)
def test_several_pieces_one_behind_another_are_one_text(kind: ArchiveKind, data: bytes, file: Path) -> None:
    file.write_bytes(data)
    assert b"".join(chunks(file, kind)) == DUMP


@pytest.mark.parametrize("kind", PACKED)
def test_what_ends_too_early_is_truncated_wherever_it_ends(kind: ArchiveKind, file: Path) -> None:
    data = PACKED[kind]
    for size in {len(data) - 50, len(data) - 1000, len(data) // 2, len(BEGIN) + 300}:
        file.write_bytes(data[:size])
        with pytest.raises(BackupDamaged, match="truncated"):
            survey(file, kind)
        with pytest.raises(BackupDamaged, match="truncated"):
            list(runnable(file, kind, PlainOptions()))


def test_text_without_an_end_is_no_whole_dump(file: Path) -> None:
    file.write_bytes(DUMP.removesuffix(END))
    with pytest.raises(BackupDamaged, match="truncated"):
        survey(file, ArchiveKind.PLAIN)
    assert head(file, ArchiveKind.PLAIN).server_version == "16.4"


def test_a_dump_behind_another_must_end_too(file: Path) -> None:
    file.write_bytes(DUMP + BEGIN + b"SELECT 1;\n")
    with pytest.raises(BackupDamaged, match="truncated"):
        survey(file, ArchiveKind.PLAIN)


def test_what_is_refused_is_refused_with_its_name_before_it_is_given(file: Path) -> None:
    file.write_bytes(BEGIN + b"SELECT 1;\n\\! ls\nSELECT 2;\n" + END)
    found = survey(file, ArchiveKind.PLAIN)
    assert (found.refused, found.named, found.is_complete) == ("archive.commands", "\\!", True)
    given = []
    with pytest.raises(RestoreRefused) as refused:
        for each in runnable(file, ArchiveKind.PLAIN, PlainOptions()):
            given.append(each)  # noqa: PERF402 - what comes before the error counts
    assert refused.value.facts["names"] == ("\\!",)
    assert given == [b"\nSELECT 1;"]


# programs that are fed

CAT = Path(shutil.which("cat") or "/bin/cat")
SH = Path(shutil.which("sh") or "/bin/sh")


def endless(stop: threading.Event | None = None) -> Iterator[bytes]:
    while stop is None or not stop.is_set():
        yield b"x" * 100_000


def test_a_program_that_ends_early_is_not_fed_on() -> None:
    ran = fed(SH, ["-c", "echo enough >&2; exit 3"], endless(), CTX)
    assert (ran.status, ran.words) == (3, "enough")


def test_what_fails_while_feeding_ends_the_program_before_its_input_ends(tmp_path: Path) -> None:
    """A program that takes the end of its input for the end of the work must not see one."""
    mark = tmp_path / "ended"

    def broken() -> Iterator[bytes]:
        yield b"x"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fed(SH, ["-c", f"cat > {tmp_path / 'got'}; touch {mark}"], broken(), CTX)
    assert not mark.exists()


def test_cancelling_ends_the_program() -> None:
    token = CancelToken()

    def cancelling() -> Iterator[bytes]:
        yield b"x"
        threading.Timer(0.1, token.cancel).start()
        yield from endless()

    with pytest.raises(Cancelled):
        fed(SH, ["-c", "exec sleep 60"], cancelling(), TaskContext(token))


def test_output_is_read_as_it_comes_and_a_bad_end_is_raised() -> None:
    found = b"".join(output_of(SH, ["-c", "echo one; echo two"], CTX, lambda ran: RuntimeError(ran.words)))
    assert found == b"one\ntwo\n"
    with pytest.raises(RuntimeError, match="bad"):
        list(output_of(SH, ["-c", "echo one; echo bad >&2; exit 1"], CTX, lambda ran: RuntimeError(ran.words)))
    with pytest.raises(ToolMissing):
        list(output_of(Path("/nonexistent/tool"), [], CTX, lambda ran: RuntimeError(ran.words)))
    with pytest.raises(ToolMissing):
        fed(Path("/nonexistent/tool"), [], [], CTX)


def test_output_that_nobody_reads_to_its_end_ends_its_program() -> None:
    output = output_of(CAT, ["/dev/zero"], CTX, lambda ran: RuntimeError(ran.words))
    assert next(output)
    assert isinstance(output, Generator)
    output.close()
    found = (
        subprocess.run(("pgrep", "-f", "cat /dev/zero"), capture_output=True, check=False)
        if shutil.which("pgrep")
        else None
    )
    assert found is None or not found.stdout

"""Tables of contents of pg_dump's archives, written here as pg_backup_archiver.c writes them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from nexus_studio.core.admin.archivetoc import NotAnArchive, Toc, UnknownFormat, read_toc

CUSTOM, DIRECTORY = 1, 5


def integer(value: int) -> bytes:
    return bytes([value < 0]) + abs(value).to_bytes(4, "little")


def text(value: str | None) -> bytes:
    return integer(-1) if value is None else integer(len(value.encode())) + value.encode()


def entry(minor: int, form: int, *, name: str, depends: tuple[int, ...] = (), data: int | str | None = None) -> bytes:
    parts = [integer(7), integer(data is not None), text("1259"), text("16385"), text(name), text("TABLE"), integer(2)]
    parts += [text("CREATE TABLE …;"), text("DROP TABLE …;"), text(None), text("my schema"), text("")]
    parts += [text("heap")] if minor >= 14 else []
    parts += [integer(ord("r"))] if minor >= 16 else []
    parts += [text("own er"), text("false"), *(text(str(each)) for each in depends), text(None)]
    if form == CUSTOM:
        parts.append(
            bytes([2 if isinstance(data, int) else 3]) + (data if isinstance(data, int) else 0).to_bytes(8, "little")
        )
    else:
        parts.append(text(data if isinstance(data, str) else ""))
    return b"".join(parts)


def archive(minor: int = 16, form: int = CUSTOM, *entries: bytes) -> bytes:
    head = b"PGDMP" + bytes([1, minor, 0, 4, 8, form]) + (b"\1" if minor >= 15 else integer(-1))
    moment = b"".join(map(integer, (7, 15, 10, 30, 10, 126, 0)))
    return (
        head
        + moment
        + text("my db")
        + text("16.14 (Debian 16.14-1)")
        + text("18.4")
        + integer(len(entries))
        + b"".join(entries)
    )


def read(data: bytes) -> Toc:
    return read_toc(io.BytesIO(data).read)


@pytest.mark.parametrize("minor", [12, 13, 14, 15, 16])
def test_each_version_is_read(minor: int) -> None:
    name = 'a "table";\nwith all'
    data = archive(
        minor, CUSTOM, entry(minor, CUSTOM, name=name, depends=(3, 4), data=4711), entry(minor, CUSTOM, name="x")
    )
    toc = read(data + b"rows")
    assert (toc.database, toc.server_version, toc.tool_version) == ("my db", "16.14", "18.4")
    assert toc.made_at == datetime(2026, 11, 30, 10, 15, 7, tzinfo=UTC)
    assert (toc.format_version, toc.readable_from) == (f"1.{minor}", {15: 16, 16: 17}.get(minor, 0))
    assert toc.end == len(data)
    first, second = toc.entries
    assert (first.kind, first.schema, first.name, first.owner) == ("TABLE", "my schema", name, "own er")
    assert (first.depends, first.has_data, first.offset) == ((3, 4), True, 4711)
    assert (second.has_data, second.offset) == (False, None)


def test_folders_name_files() -> None:
    first, second = read(
        archive(16, DIRECTORY, entry(16, DIRECTORY, name="x", data="7.dat"), entry(16, DIRECTORY, name="y"))
    ).entries
    assert (first.file, first.has_data) == ("7.dat", True)
    assert (second.file, second.has_data) == ("", False)


def test_what_is_cut_off_anywhere_is_no_archive() -> None:
    data = archive(16, CUSTOM, entry(16, CUSTOM, name="x", depends=(1,), data=5))
    for size in range(len(data)):
        with pytest.raises(NotAnArchive):
            read(data[:size])


@pytest.mark.parametrize("minor", [0, 11, 17])
def test_other_versions_are_said(minor: int) -> None:
    with pytest.raises(UnknownFormat, match=rf"1\.{minor}"):
        read(archive(minor))


def test_nonsense_is_no_archive() -> None:
    data = archive(16, CUSTOM, entry(16, CUSTOM, name="x", depends=(1,)))
    for nonsense in (
        b"GARBAGE" + data,
        data[:8] + b"\x09" + data[9:],  # integers of nine bytes
        data.replace(text("1"), text("a")),  # a dependency that is no number
        data.replace(integer(1) + integer(7), integer(-3) + integer(7)),  # fewer than no entries
    ):
        with pytest.raises(NotAnArchive):
            read(nonsense)


def test_a_time_that_makes_no_sense_is_none() -> None:
    data = archive()
    assert read(data.replace(integer(126), integer(2_000_000_000))).made_at is None

"""What kind of backup a file is, by how it begins; names and comments of the databases that restores leave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nexus_studio.core.admin.archives import ArchiveKind, kind_of_head
from nexus_studio.core.admin.keptdatabases import (
    Making,
    cut,
    is_name,
    kept_mark,
    kept_name,
    made_mark,
    read_kept,
    read_made,
)

AT = datetime(2026, 11, 30, 10, 15, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"PGDMP\x01\x10", "x", ArchiveKind.CUSTOM),
        (b"--\n-- PostgreSQL database dump\n--\n", "x", ArchiveKind.PLAIN),
        (b"\xef\xbb\xbf--\n-- PostgreSQL database dump\n--\n", "x", ArchiveKind.PLAIN),
        (b"--\n-- PostgreSQL database cluster dump\n--\n", "x", ArchiveKind.PLAIN),
        (b"\x1f\x8b\x08\0", "x", ArchiveKind.PLAIN_GZIP),
        (b"\x28\xb5\x2f\xfd\0", "x", ArchiveKind.PLAIN_ZSTD),
        (b"toc.dat".ljust(257, b"\0") + b"ustar\0", "x", ArchiveKind.TAR),
        (b"other".ljust(257, b"\0") + b"ustar\0", "x", ArchiveKind.UNKNOWN),
        (b"age-encryption.org/v1\n", "x", ArchiveKind.ENCRYPTED),
        (b"-----BEGIN PGP MESSAGE-----\n", "x", ArchiveKind.ENCRYPTED),
        (b"\x85\x02\x0c", "x.sql.gpg", ArchiveKind.ENCRYPTED),
        (b"\x85\x02\x0c", "x.sql", ArchiveKind.UNKNOWN),
        (b"", "x.gpg", ArchiveKind.UNKNOWN),
        (b"SELECT 1;\n", "x.sql", ArchiveKind.UNKNOWN),
        (b"%PDF-1.7", "x.dump", ArchiveKind.UNKNOWN),
    ],
)
def test_a_kind_is_told_by_the_first_bytes(head: bytes, name: str, kind: ArchiveKind) -> None:
    assert kind_of_head(head, name) is kind


def test_what_the_kinds_can() -> None:
    assert [each for each in ArchiveKind if each.takes_jobs] == [ArchiveKind.CUSTOM, ArchiveKind.DIRECTORY]
    assert not any(each.is_archive and each.is_plain for each in ArchiveKind)


def test_a_replaced_database_is_named_after_itself_and_fits() -> None:
    assert kept_name("app", AT) == "app_before_restore_20261130_101507"
    for name in ("x" * 63, "ä" * 31, "数" * 21):
        found = kept_name(name, AT)
        assert len(found.encode()) <= 63
        assert found.endswith("_before_restore_20261130_101507")
    assert cut("äö", 3) == "ä"


@pytest.mark.parametrize(
    ("name", "fits"), [("a", True), ("", False), ("x" * 63, True), ("ä" * 32, False), ("a\0", False)]
)
def test_what_a_database_can_be_called(name: str, fits: bool) -> None:
    assert is_name(name) is fits


def test_the_marks_are_read_as_they_were_written_and_nothing_else_is() -> None:
    found = read_kept("old", kept_mark('it\'s "mine"', AT, "was {this}"), 5)
    assert found is not None
    assert (found.name, found.of, found.kept_at, found.size_bytes) == ("old", 'it\'s "mine"', AT, 5)
    making = Making("app", AT, "me@here")
    assert read_made(made_mark(making)) == making
    assert read_kept("x", made_mark(making), 0) is None
    assert read_made(kept_mark("app", AT, None)) is None
    for words in (
        None,
        "",
        "nexus_studio_kept",
        "[1]",
        '{"nexus_studio_kept": 1}',
        '{"nexus_studio_kept": 2, "of": "x"}',
    ):
        assert read_kept("x", words, 0) is None
        assert read_made(words) is None

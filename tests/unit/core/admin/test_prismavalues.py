"""Versions, checksums, the lock file, texts and logs of Prisma's."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from nexus_studio.core.admin import prismatexts as texts
from nexus_studio.core.admin.prisma import checksum, checksums, lock_file_provider, read_version
from nexus_studio.core.admin.prismalogs import position_in, report_in
from nexus_studio.core.errors import ServerReport


@pytest.mark.parametrize(
    ("text", "said", "splits", "forgets"),
    [
        ("6.19.3", "6.19.3", False, False),
        ("^6.0.0", "6.19.3", False, False),
        ("7.3.9", "7.3.9", False, False),
        ("7.4.0", "7.4.0", True, False),
        ("7.8.0", "7.8.0", True, False),
        ("7.9.1", "7.9.1", True, True),
        ("^7.1.0", "7.10.1", True, True),
        ("~7.1.0", "7.1.0", False, False),
        ("7.x", "7.10.1", True, True),
        ("7", "7.10.1", True, True),
        (">=5", "7.10.1", True, True),
        ("5.22.0", "5.22.0", False, False),
        ("8.0.0-dev.3", "8.0.0", True, True),
    ],
)
def test_versions_and_ranges(text: str, said: str, splits: bool, forgets: bool) -> None:
    found = read_version(text, "declared")
    assert found is not None
    assert (str(found), found.splits_scripts, found.forgets_rolled_back) == (said, splits, forgets)


@pytest.mark.parametrize("text", ["latest", "*", "workspace:", ""])
def test_what_names_no_version(text: str) -> None:
    assert read_version(text, "declared") is None


def test_checksums() -> None:
    raw = b"CREATE TABLE a(id int primary key);\n"
    assert checksum(raw) == "3b210bea372a793cce2f2a4dc65805e9f65788da7266ea0ad4536285eb3a79fc"
    assert checksum(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    crlf = raw.replace(b"\n", b"\r\n")
    assert {checksum(raw), checksum(crlf)} <= checksums(raw)
    assert {checksum(raw), checksum(crlf)} <= checksums(crlf)
    assert checksum(b"x") not in checksums(raw)
    assert "" not in checksums(raw)
    assert checksum(b"\xef\xbb\xbfx") == hashlib.sha256(b"\xef\xbb\xbfx").hexdigest()
    assert checksum(b"\xff") == hashlib.sha256("\ufffd".encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ('# x\nprovider = "postgresql"', "postgresql"),
        ('provider = "mysql"\r\nprovider = "postgresql"', "mysql"),
        ("", "<PROVIDER NOT FOUND>"),
        ('provider="postgresql"', 'provider="postgresql'),
    ],
)
def test_the_lock_file(text: str, provider: str) -> None:
    assert lock_file_provider(text) == provider


@pytest.mark.parametrize(
    ("microseconds", "said"),
    [(0, "07:08:09 UTC"), (123_000, "07:08:09.123 UTC"), (123_400, "07:08:09.123400 UTC"), (1, "07:08:09.000001 UTC")],
)
def test_moments(microseconds: int, said: str) -> None:
    paris = timezone(timedelta(hours=2))
    when = datetime(2024, 5, 6, 9, 8, 9, microseconds, tzinfo=paris)
    assert texts.moment(when) == f"2024-05-06 {said}"
    assert texts.moment(when.astimezone(UTC)) == texts.moment(when)


def test_the_text_of_a_failure_and_back() -> None:
    report = ServerReport(
        sqlstate="23505",
        message='duplicate key\nvalue "x"',
        detail="Key (id)=(1) exists.",
        hint="Try.",
        constraint="a_pkey",
    )
    sql = "\n".join(f"-- {number}" for number in range(1, 9)) + "\nINSERT INTO a VALUES (1);\nSELECT 1;"
    said = texts.p3018("20240101_x", report, position=sql.index("INSERT") + 1, sql=sql)
    assert "Migration name: 20240101_x\n\nDatabase error code: 23505\n\nDatabase error:\nERROR: duplicate key" in said
    assert (
        "Position:\n  4 -- 4\n  5 -- 5\n  6 -- 6\n  7 -- 7\n  8 -- 8\n  9 INSERT INTO a VALUES (1);\n\nDbError {"
        in said
    )
    assert report_in(said) == report
    assert position_in(said) == sql.index("INSERT") + 1


def test_logs_that_others_wrote() -> None:
    assert report_in(None) is None
    assert report_in("") is None
    assert report_in("something else\nmore") == ServerReport(message="something else")
    node = 'external connector error\nError querying the database: ERROR: syntax error at or near "TABEL"\n   0: sql_…'
    assert report_in(node) == ServerReport(message='syntax error at or near "TABEL"')
    coloured = texts.p3018("x", ServerReport(sqlstate="42601", message="syntax error"), position=1, sql="x")
    found = report_in(
        coloured.replace("  1 x", "\x1b[1m  1\x1b[0m\x1b[1;31m x\x1b[0m") + "\n\n   0: sql_schema_connector::…"
    )
    assert found == ServerReport(sqlstate="42601", message="syntax error")
    assert position_in("nothing") is None

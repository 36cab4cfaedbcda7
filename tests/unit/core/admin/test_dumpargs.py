"""pg_dump's arguments: what was wanted, nothing secret, names that mean only themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.core.admin.dumpargs import dump_arguments, globals_arguments, options_of, pattern
from nexus_studio.core.names import RelationName

PLAIN = BackupSpec(format=BackupFormat.PLAIN)


def arguments(spec: BackupSpec, major: int = 16, **more: object) -> tuple[str, ...]:
    return dump_arguments(spec, major=major, dbname="dbname=x", file="f", **more)  # type: ignore[arg-type]


def test_a_custom_archive_says_where_it_is_and_asks_for_no_password() -> None:
    found = arguments(BackupSpec(), snapshot="00-1", role="reader")
    assert found == (
        "--format=custom", "--compress=gzip", "--file=f", "--no-sync", "--verbose", "--snapshot=00-1", "--role=reader",
        "--lock-wait-timeout=10000", "--no-password", "--dbname=dbname=x",
    )  # fmt: skip


def test_who_brings_it_to_the_disk_is_no_option_of_the_backup() -> None:
    assert "--no-sync" not in arguments(PLAIN, 9)
    assert "--no-sync" not in options_of(arguments(PLAIN))
    assert "--no-sync" not in dump_arguments(PLAIN, major=16, dbname="dbname=x")


def test_plain_text_says_nothing_of_itself() -> None:
    assert "--verbose" not in arguments(PLAIN)
    assert "--jobs=4" not in arguments(replace(PLAIN, jobs=4))
    assert "--jobs=4" in arguments(BackupSpec(format=BackupFormat.DIRECTORY, jobs=4))


@pytest.mark.parametrize(
    ("compression", "major", "said"),
    [
        (Compression.NONE, 15, "--compress=0"),
        (Compression.GZIP, 15, "--compress=6"),
        (Compression.GZIP, 18, "--compress=gzip"),
        (Compression.ZSTD, 18, "--compress=zstd"),
    ],
)
def test_each_version_is_told_in_its_own_words_how_to_compress(compression: Compression, major: int, said: str) -> None:
    assert arguments(replace(PLAIN, compression=compression), major)[1] == said


def test_what_another_program_compresses_goes_to_it() -> None:
    found = dump_arguments(replace(PLAIN, compression=Compression.ZSTD), major=15, dbname="dbname=x")
    assert found[1] == "--compress=0"
    assert not any(each.startswith("--file") for each in found)


def test_names_are_patterns_that_only_they_fit() -> None:
    odd = RelationName("a.b", 'c "d*')
    found = arguments(replace(PLAIN, tables=(odd,)), tables=(odd,), extensions=("citext",))
    assert '--table="a.b"."c ""d*"' in found
    assert "--strict-names" in found
    assert '--extension="citext"' in found
    assert arguments(replace(PLAIN, schemas=("x y",)))[4:6] == ('--schema="x y"', "--strict-names")
    assert pattern('"') == '""""'


def test_half_of_a_database() -> None:
    assert "--schema-only" in arguments(replace(PLAIN, contents=Contents.SCHEMA))
    assert "--data-only" in arguments(replace(PLAIN, contents=Contents.DATA))
    selected = replace(PLAIN, contents=Contents.DATA, schemas=("s",))
    assert not any(each.startswith("--extension") for each in arguments(selected, extensions=("citext",)))


def test_another_version_may_have_other_reserved_words() -> None:
    assert "--quote-all-identifiers" not in arguments(BackupSpec(), 16, server_major=16)
    assert "--quote-all-identifiers" in arguments(BackupSpec(), 16, server_major=14)
    assert "--quote-all-identifiers" in arguments(BackupSpec(target_version=18), 16, server_major=16)


def test_what_is_noted_has_no_names_and_no_places() -> None:
    spec = replace(BackupSpec(format=BackupFormat.DIRECTORY, jobs=2, contents=Contents.DATA), schemas=("secret",))
    found = options_of(arguments(spec, snapshot="00-1", role="me"))
    assert found == ("--format=directory", "--compress=gzip", "--jobs=2", "--data-only", "--schema")


def test_roles_come_without_passwords_unless_asked() -> None:
    asked = {"dbname": "dbname=x", "database": "x", "file": "g"}
    assert "--no-role-passwords" in globals_arguments(BackupSpec(), **asked)
    assert "--no-role-passwords" not in globals_arguments(BackupSpec(passwords=True), **asked)

"""Backups that must not be called proven, and dumps that must not be run."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest

from nexus_studio.core.admin.archives import ArchiveKind, RestoreInto, RestoreTarget
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, SequenceState
from nexus_studio.core.admin.plaindump import Unreadable, pieces
from nexus_studio.core.errors import RestoreRefused, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import fill
from tests.integration.services.backups.proofdumps import dump, sidecar, vouch
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
PLAIN = BackupSpec(format=BackupFormat.PLAIN, compression=Compression.NONE)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def session(pg_url: str) -> Iterator[Session]:
    with closing(Session.open(profile_of(pg_url), None, CTX)) as opened:
        yield opened


SETS = re.compile(r"SELECT pg_catalog\.setval\('\"?public\"?\.\"?t_id_seq\"?', 9, true\);")  # quoted for older servers


def test_a_backup_whose_sequences_begin_anew_is_not_proven(
    pg_url: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    fill(pg_url, "CREATE TABLE public.t (id serial PRIMARY KEY); CREATE SEQUENCE public.unused INCREMENT -1")
    fill(pg_url, "INSERT INTO public.t SELECT FROM generate_series(1, 9)")
    file, record = create(session, paths, PLAIN, CTX, folder=tmp_path)
    assert record.sequences == (
        SequenceState(RelationName("public", "t_id_seq"), 9, 9),
        SequenceState(RelationName("public", "unused"), None, None),
    )
    assert sidecar(file) == record
    good = prove(session, paths, file, CTX).proof
    assert good is not None
    assert good.is_good
    text = file.read_text()
    assert SETS.search(text)
    file.write_text(SETS.sub("", text))
    vouch(file)
    bad = prove(session, paths, file, CTX)
    assert bad.proof is not None
    assert bad.proof.problems == ("sequence t_id_seq: it does not stand where it stood",)
    assert bad.proven_at is None


def test_a_sequence_that_goes_on_while_it_is_dumped_is_no_fault(
    pg_url: str, session: Session, paths: Paths, tmp_path: Path
) -> None:
    fill(pg_url, "CREATE SEQUENCE public.busy; CREATE SEQUENCE public.began; CREATE TABLE public.t (id int)")
    fill(pg_url, "SELECT nextval('public.busy')")

    def report(progress: Progress) -> None:
        if progress.step == "backup.dumping":
            fill(pg_url, "SELECT nextval('public.busy'), nextval('public.began')")

    file, record = create(session, paths, PLAIN, TaskContext(CTX.token, report), folder=tmp_path)
    assert record.sequences is not None
    assert all(each.low != each.high for each in record.sequences)
    proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert proof.is_good


@pytest.mark.parametrize("tables", [("t",), ("t", "u")])
def test_a_choice_of_tables_is_proven_with_its_own_sequences_alone(
    pg_url: str, session: Session, paths: Paths, tmp_path: Path, tables: tuple[str, ...]
) -> None:
    fill(pg_url, "CREATE TABLE public.t (id serial); CREATE TABLE public.u (id int GENERATED ALWAYS AS IDENTITY)")
    fill(pg_url, "INSERT INTO public.t DEFAULT VALUES; INSERT INTO public.u DEFAULT VALUES")
    spec = replace(PLAIN, tables=tuple(RelationName("public", each) for each in tables))
    file, _ = create(session, paths, spec, CTX, folder=tmp_path)
    proof = prove(session, paths, file, CTX).proof
    assert proof is not None
    assert proof.is_good


EVIL = {
    "server file": "COPY public.t TO '{target}';",
    "server file read": "COPY public.t FROM '/etc/hostname';",
    "program": "COPY public.t TO PROGRAM 'touch {target}';",
    "hidden behind a condition": "COPY public.t FROM '/dev/null' WHERE v IS DISTINCT FROM stdin;\nCREATE ROLE x;\n\\.",
    "hidden behind a query": "COPY /* ( */ (SELECT v FROM stdin) TO STDOUT;\nCREATE ROLE x;\n\\.",
}


@pytest.mark.parametrize("name", list(EVIL))
def test_a_plain_dump_that_goes_to_files_of_the_server_is_refused(
    pg_url: str, session: Session, paths: Paths, tmp_path: Path, name: str
) -> None:
    fill(pg_url, "CREATE TABLE public.t (v text); INSERT INTO public.t VALUES ('x')")
    file, target = dump(session, tmp_path, ArchiveKind.PLAIN), Path(tempfile.gettempdir()) / f"nxs-{token_hex(4)}"
    end = "\n--\n-- PostgreSQL database dump complete"
    text = file.read_text()
    assert end in text
    file.write_text(text.replace(end, EVIL[name].format(target=target) + end))
    with pytest.raises(RestoreRefused) as caught:
        restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "evil"), CTX)
    assert caught.value.code == "restore.commands"
    assert not target.exists()


@pytest.mark.parametrize("where", ["restore", "prove"])
def test_an_archive_that_reaches_beyond_its_database_is_refused(
    pg_url: str, session: Session, paths: Paths, tmp_path: Path, where: str
) -> None:
    fill(pg_url, "CREATE TABLE public.t (v text); COMMENT ON TABLE public.t IS 'spaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaace'")
    file = dump(session, tmp_path, ArchiveKind.CUSTOM)
    raw = file.read_bytes()
    was = b"COMMENT ON TABLE public.t IS 'spaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaace';"
    assert raw.count(was) == 1
    evil = b"CREATE ROLE evil_one; --"
    file.write_bytes(raw.replace(was, evil.ljust(len(was), b"-")))
    with pytest.raises(StudioError) as caught:
        if where == "restore":
            restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "evil"), CTX)
        else:
            prove(session, paths, file, CTX)
    assert caught.value.code in {"restore.cluster", "restore.commands"}


def test_a_copy_whose_line_never_ends_is_no_dump_and_takes_no_memory(tmp_path: Path) -> None:
    given = 0

    def chunks() -> Iterator[bytes]:
        nonlocal given
        yield b"COPY t FROM stdin;"
        while given < 1 << 28:
            given += 1 << 20
            yield b" " * (1 << 20)

    with pytest.raises(Unreadable):
        list(pieces(chunks()))
    assert given < 1 << 26

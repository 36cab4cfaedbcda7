"""Out of a failed migration of Prisma's: what is there of each statement, the right way, and the rows afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexus_studio.core.admin.evidence import Evidence, Presence, Way
from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.admin.safety import SafetyReport
from nexus_studio.core.errors import MigrationBlocked
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from tests.support.fix_prisma import CTX, GOOD, N1, N2, N3, PrismaScene

A = GOOD[N1]


def service_of(prisma: PrismaScene, tmp_path: Path) -> MigrationService:
    return MigrationService(prisma.session, prisma.project, Paths.below(tmp_path / "home"))


def presences(found: Evidence) -> list[Presence]:
    return [each.presence for each in found.findings]


def test_it_fails_by_itself(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: A, N2: "CREATE TABLE b(id int); ALTER TABLE nope ADD x int;"})
    prisma.deploy()
    found = service_of(prisma, tmp_path).evidence(N2, CTX)
    if prisma.model == "6":
        assert presences(found) == [Presence.ABSENT, Presence.ABSENT]
        assert found.recommended is Way.MARK_ROLLED_BACK
    else:
        assert presences(found) == [Presence.PRESENT, Presence.ABSENT]
        assert found.recommended is Way.CLEAN_UP


def test_cleaned_up_and_run_again_once_it_is_corrected(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: A, N2: "BEGIN; CREATE TABLE b(id int); COMMIT; ALTER TABLE nope ADD x int;", N3: GOOD[N3]})
    prisma.deploy()
    assert prisma.tables() == {"a", "b"}
    prisma.write({N2: "CREATE TABLE b(id int); ALTER TABLE b ADD x int;"})
    service = service_of(prisma, tmp_path)
    found = service.evidence(N2, CTX)
    assert found.recommended in {Way.CLEAN_UP, Way.FINISH}
    clean_up = found.way(Way.CLEAN_UP)
    assert clean_up is not None
    assert clean_up.is_possible
    result, _ = service.resolve(N2, Way.CLEAN_UP, CTX)
    assert result.done == (N2,)
    assert [row[:2] for row in prisma.rows()] == [(N1, "applied"), (N2, "rolledback"), (N2, "applied")]
    assert [each.revision for each in service.status(CTX).pending] == [N3]


def test_what_is_all_there_and_was_not_recorded(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a(id int);"})
    prisma.deploy()
    service = service_of(prisma, tmp_path)
    status = service.status(CTX)
    assert (status.standing, status.revisions[0].state) == (MigrationStanding.FAILED, RevisionState.INTERRUPTED)
    found = service.evidence(N1, CTX)
    assert found.findings[1].presence is Presence.PRESENT
    assert found.recommended is Way.MARK_APPLIED
    service.resolve(N1, Way.MARK_APPLIED, CTX)
    assert [row[:2] for row in prisma.rows()] == [(N1, "rolledback"), (N1, "marked")]
    assert service.status(CTX).standing is MigrationStanding.UP_TO_DATE


def test_what_was_begun_and_never_ran(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    prisma.write({N2: GOOD[N2]})
    prisma.add_row(N2)
    service = service_of(prisma, tmp_path)
    found = service.evidence(N2, CTX)
    assert presences(found) == [Presence.ABSENT]
    assert found.recommended in {Way.RETRY, Way.RUN_AGAIN}
    assert found.recommended is not None
    result, _ = service.resolve(N2, found.recommended, CTX)
    assert result.done == (N2,)
    assert [row[:2] for row in prisma.rows()] == [(N1, "applied"), (N2, "rolledback"), (N2, "applied")]


def test_a_late_one_with_an_older_name_is_not_taken_for_applied(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: A, N3: GOOD[N3]})
    prisma.deploy()
    prisma.write({N2: "CREATE TABEL b(id int);"})
    prisma.deploy()
    found = service_of(prisma, tmp_path).evidence(N2, CTX)
    assert not found.is_version_set
    assert found.recommended is Way.MARK_ROLLED_BACK


@pytest.mark.parametrize("way", [Way.RUN_AGAIN, Way.CLEAN_UP, Way.FINISH, Way.RETRY, Way.MARK_ROLLED_BACK])
def test_nothing_is_resolved_that_has_not_failed(prisma: PrismaScene, tmp_path: Path, way: Way) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    before = prisma.whole_rows()
    with pytest.raises(MigrationBlocked) as caught:
        service_of(prisma, tmp_path).resolve(N1, way, CTX)
    assert (caught.value.code, caught.value.facts["prisma"]) == ("migration.not_failed", "P3012")
    assert prisma.whole_rows() == before


def test_a_plan_is_rehearsed(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: A})
    prisma.deploy()
    prisma.write({N2: "ALTER TABLE a ALTER COLUMN id TYPE bigint; DROP TABLE a;", N3: "CREATE TABLE c(id int);"})
    service = service_of(prisma, tmp_path)
    plan = service.plan(CTX)
    assert [step.revision for step in plan.steps] == [N2, N3]
    assert [each.in_transaction for each in plan.steps[0].statements] == [prisma.model == "6"] * 2
    report: SafetyReport = service.safety(plan, CTX)
    assert report.copy in {"template", "schema"}
    assert "drop_table" in {each.code for each in report.findings}
    assert prisma.rows() == [(N1, "applied", 1, "NULL")]
    assert prisma.tables() == {"a"}


def test_all_are_tried_from_nothing(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write(GOOD)
    service = service_of(prisma, tmp_path)
    assert service.test(CTX).passed
    prisma.write({N2: "ALTER TABLE nope ADD x int;"})
    report = service.test(CTX)
    assert [(each.name, each.passed, each.revision) for each in report.phases] == [("up", False, N2)]
    assert f"Migration `{N2}` failed to apply cleanly to the shadow database." in report.phases[0].words
    assert not prisma.has_ledger


def test_a_target_in_the_middle(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write(GOOD)
    service = service_of(prisma, tmp_path)
    assert [step.revision for step in service.plan(CTX, "+1").steps] == [N1]
    result, _ = service.deploy(CTX, N2)
    assert result.done == (N1, N2)
    with pytest.raises(MigrationBlocked) as caught:
        service.deploy(CTX, "nothing")
    assert caught.value.code == "migration.target_unknown"


def test_ending_the_process_that_holds_the_lock(prisma: PrismaScene, tmp_path: Path) -> None:
    prisma.write({N1: A})
    other = prisma.locked()
    service = service_of(prisma, tmp_path)
    service.end_backend(other.info.backend_pid, CTX)
    assert prisma.deploy().exit == 0
    other.close()

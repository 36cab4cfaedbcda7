"""The rules of the checklist at their edges: what a server could be asked to be only with difficulty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import Difference, Proof, TableDifference
from nexus_studio.core.admin.readiness import (
    CHECKS,
    NOT_READY,
    READY,
    WARNINGS,
    Finding,
    ReadinessReport,
    Verdict,
    failed,
    named,
    not_applicable,
    ok,
    unknown,
    warning,
)
from nexus_studio.core.admin.readinessrules import (
    ConnectionLimits,
    HbaRule,
    LineFacts,
    SequenceFacts,
    backup_finding,
    connections_finding,
    exposure_finding,
    password_finding,
    pool_finding,
    sequences_finding,
    time_zone_finding,
    tls_finding,
    version_finding,
    wraparound_finding,
)
from nexus_studio.core.admin.schedules import Trouble, TroubleKind
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import Environment

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def line(**facts: object) -> LineFacts:
    return LineFacts(**{"is_socket": False, "is_encrypted": True, "protocol": "TLSv1.3", **facts})  # type: ignore[arg-type]


def rule(address: str | None, netmask: str | None = None, method: str = "scram-sha-256", kind: str = "host") -> HbaRule:
    return HbaRule(kind, ("all",), ("all",), address, netmask, method)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (line(is_socket=True, is_encrypted=False), "tls.socket"),
        (line(is_encrypted=False, sslmode="prefer"), "tls.plain"),
        (line(sslmode="verify-full"), "tls.verified"),
        (line(sslmode="verify-full", protocol=""), "tls.verified_ended_before"),
        (line(sslmode="verify-full", protocol="TLSv1.1"), "tls.weak"),
        (line(sslmode="require"), "tls.unverified"),
        (line(sslmode="prefer"), "tls.unverified"),
        (line(sslmode="require", has_authority=True), "tls.host_unverified"),
        (line(sslmode="verify-ca"), "tls.host_unverified"),
    ],
)
def test_tls(facts: LineFacts, reason: str) -> None:
    assert tls_finding(facts).reason == reason


@pytest.mark.parametrize(
    ("found", "is_open"),
    [
        (rule("0.0.0.0", "0.0.0.0"), True),
        (rule("::", "::"), True),
        (rule("all"), True),
        (rule("8.0.0.0", "255.0.0.0"), True),
        (rule("10.0.0.0", "255.0.0.0"), False),
        (rule("203.0.113.7", "255.255.255.255"), False),
        (rule("51.15.20.0", "255.255.255.0"), False),
        (rule("samenet"), False),
        (rule("db.example.org"), False),
        (rule("all", method="reject"), False),
        (rule(None, kind="local", method="trust"), False),
    ],
)
def test_lines_of_pg_hba(found: HbaRule, is_open: bool) -> None:
    assert found.is_open is is_open


@pytest.mark.parametrize(
    ("listens", "rules", "address", "reason"),
    [
        ([], None, "", "exposure.loopback"),
        (["localhost", "127.0.0.1", "::1"], [rule("all")], "", "exposure.loopback"),
        (["*"], [rule("10.0.0.0", "255.0.0.0")], "10.0.0.5", "exposure.closed"),
        (["*"], [rule("all")], "10.0.0.5", "exposure.open"),
        (["0.0.0.0"], [rule("all"), rule("all", method="trust")], "", "exposure.trust"),
        (["*"], None, "10.0.0.5", "exposure.private_address"),
        (["*"], None, "51.15.20.7", "exposure.public_address"),
    ],
)
def test_exposure(listens: list[str], rules: list[HbaRule] | None, address: str, reason: str) -> None:
    assert exposure_finding(listens, rules, address, 5432).reason == reason


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        (None, "password.not_asked"),
        ("postgres", "password.default"),
        ("Postgres2024!", "password.default"),
        ("shop_app", "password.name"),
        ("Shop_Prod1", "password.name"),
        ("In-the-example-8152", "password.published"),
        ("Kq8-vT2mZ_r", "password.weak"),
        ("abababababababababab", "password.weak"),
        ("Kq8-vT2mZ_r4", "password.short"),
        ("Kq8-vT2mZ_r4wP1e", "password.strong"),
    ],
)
def test_passwords(secret: str | None, reason: str) -> None:
    published = frozenset({"In-the-example-8152"})
    found = password_finding(secret, names=("shop_app", "shop_prod", ""), published=published, source="URL")
    assert found.reason == reason
    assert secret is None or secret not in repr(found)


@pytest.mark.parametrize(
    ("records", "broken", "reason"),
    [
        ([], [], "backup.none"),
        ([], ["a.dump"], "backup.damaged"),
        ([(3, None)], [], "backup.unproven"),
        ([(3, None), (90, 80)], [], "backup.fresh"),
        ([(3, 2)], ["b.dump"], "backup.some_damaged"),
        ([(24.1, 2)], [], "backup.not_fresh"),
        ([(169, 2)], [], "backup.old"),
    ],
)
def test_backups(records: list[tuple[float, float | None]], broken: list[str], reason: str) -> None:
    made = [
        BackupRecord(
            "x.dump",
            "localhost:5432",
            "shop",
            NOW - timedelta(hours=age),
            1000,
            "0" * 64,
            "pg_dump 18.4",
            proven_at=None if proven is None else NOW - timedelta(hours=proven),
        )
        for age, proven in records
    ]
    assert backup_finding(made, broken, NOW, "/backups").reason == reason


FAILED = Trouble("prod", TroubleKind.FAILED, 2, NOW - timedelta(hours=30), NOW - timedelta(hours=2), "backup.failed")
MISSED = Trouble("prod", TroubleKind.MISSED, 3, NOW - timedelta(hours=80), NOW - timedelta(hours=8))
LOST = TableDifference(RelationName("public", "users"), Difference.ROWS, 7, 6)


@pytest.mark.parametrize(
    ("hours", "troubles", "differences", "reason", "verdict"),
    [
        (3, (), (), "backup.fresh", Verdict.OK),
        (3, (), (LOST,), "backup.refuted", Verdict.FAILED),
        (3, (FAILED, MISSED), (LOST,), "backup.refuted", Verdict.FAILED),
        (3, (FAILED, MISSED), (), "backup.runs_failed", Verdict.WARNING),
        (30, (FAILED,), (), "backup.runs_failed", Verdict.WARNING),
        (30, (MISSED,), (), "backup.runs_missed", Verdict.WARNING),
        (200, (MISSED,), (), "backup.old", Verdict.FAILED),
    ],
)
def test_proofs_and_schedules_of_backups(
    hours: float,
    troubles: tuple[Trouble, ...],
    differences: tuple[TableDifference, ...],
    reason: str,
    verdict: Verdict,
) -> None:
    made_at = NOW - timedelta(hours=hours)
    proof = Proof(made_at, "embedded", "18.4", 1.0, 3, differences=differences)
    record = BackupRecord(
        "x.dump", "localhost:5432", "shop", made_at, 1000, "0" * 64, "pg_dump 18.4",
        proof=proof, proven_at=None if differences else made_at,
    )  # fmt: skip
    found = backup_finding([record], [], NOW, "/backups", troubles)
    assert (found.reason, found.verdict) == (reason, verdict)
    assert found.value("runs_missed") == (3 if MISSED in troubles else None)
    assert found.value("failed_with") == ("backup.failed" if FAILED in troubles else None)
    if reason == "backup.refuted":
        assert found.value("problems") == ("users: rows",)


def test_where_there_is_no_backup_its_schedule_says_why() -> None:
    assert backup_finding([], [], NOW, "/backups", [FAILED]).value("failed_with") == "backup.failed"


@pytest.mark.parametrize(
    ("limits", "percent", "reason"),
    [
        (ConnectionLimits(97, 40), 41, "connections.room"),
        (ConnectionLimits(97, 40, 20, 17), 85, "connections.many"),
        (ConnectionLimits(97, 40, None, 0, 5, 5), 100, "connections.full"),
        (ConnectionLimits(97, 96), 99, "connections.full"),
        (ConnectionLimits(97, 40, 0, 0), 41, "connections.room"),  # a limit of none at all: superusers only
    ],
)
def test_connections(limits: ConnectionLimits, percent: int, reason: str) -> None:
    assert (limits.used_percent, connections_finding(limits).reason) == (percent, reason)


def test_the_pool() -> None:
    limits = ConnectionLimits(97, 1, database_most=20)
    asked = {"has_pooler": False, "is_serious": True}
    assert pool_finding(20, limits, **asked).reason == "pool.limited"
    assert pool_finding(21, limits, **asked).reason == "pool.beyond"
    assert pool_finding(None, limits, **asked).reason == "pool.unlimited"
    assert pool_finding(None, limits, has_pooler=True, is_serious=True).reason == "pool.pooler"
    assert pool_finding(None, limits, has_pooler=False, is_serious=False).reason == "pool.environment"
    assert pool_finding(21, limits, has_pooler=False, is_serious=False).verdict is Verdict.FAILED


def test_versions() -> None:
    def judged(number: int, today: date, *, is_serious: bool = True) -> tuple[str, Verdict]:
        found = version_finding(number, "x", today, is_serious=is_serious)
        return found.reason, found.verdict

    assert judged(150004, date(2026, 11, 30)) == ("version.supported", Verdict.OK)
    assert judged(150004, date(2027, 6, 30)) == ("version.ends_soon", Verdict.WARNING)
    assert judged(150004, date(2027, 6, 30), is_serious=False) == ("version.supported", Verdict.OK)
    assert judged(150004, date(2027, 11, 11)) == ("version.ends_soon", Verdict.WARNING)
    assert judged(150004, date(2027, 11, 12)) == ("version.ended", Verdict.FAILED)
    assert judged(150004, date(2027, 11, 12), is_serious=False) == ("version.ended", Verdict.WARNING)
    assert judged(110000, date(2026, 11, 30)) == ("version.ended", Verdict.FAILED)
    assert judged(190000, date(2026, 11, 30)) == ("version.new", Verdict.OK)


@pytest.mark.parametrize(
    ("found", "percent"),
    [
        (SequenceFacts("s", None, 1, 2**63 - 1, 1, "integer"), 0),
        (SequenceFacts("s", 2**31 - 1, 1, 2**63 - 1, 1, "integer"), 100),
        (SequenceFacts("s", 2**30, 1, 2**63 - 1, 1, "integer"), 50),
        (SequenceFacts("s", 2**30, 1, 2**63 - 1, 1, "bigint"), 0),
        (SequenceFacts("s", 81, 1, 101, 1), 80),
        (SequenceFacts("s", -50, -101, -1, -1), 49),
        (SequenceFacts("s", 2**40, 1, 2**63 - 1, 1, "integer"), 100),  # beyond: the column refuses already
        (SequenceFacts("s", 3, 3, 3, 1), 0),
    ],
)
def test_sequences(found: SequenceFacts, percent: int) -> None:
    assert round(found.used_percent) == percent


def test_sequences_are_named_by_how_near_they_are() -> None:
    near = [SequenceFacts(name, last, 1, 100, 1, "smallint") for name, last in (("a", 81), ("b", 97), ("c", 10))]
    found = sequences_finding(near, unreadable=2)
    assert (found.reason, found.value("unreadable")) == ("sequences.ending", 2)
    assert [text.partition(":")[0] for text in found.value("near_end") or ()] == ["b", "a"]  # type: ignore[union-attr]
    assert sequences_finding([near[0], near[2]], 0).reason == "sequences.near"
    assert sequences_finding([], 0).reason == "sequences.far"


@pytest.mark.parametrize(
    ("age", "multixacts", "most", "reason"),
    [
        (150_000_000, 0, 200_000_000, "wraparound.far"),
        (900_000_000, 0, 200_000_000, "wraparound.late"),
        (900_000_000, 0, 1_000_000_000, "wraparound.far"),  # they wanted it so
        (10, 1_700_000_000, 200_000_000, "wraparound.danger"),
    ],
)
def test_wraparound(age: int, multixacts: int, most: int, reason: str) -> None:
    assert wraparound_finding("shop", age, multixacts, freeze_max_age=most).reason == reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("UTC", "time_zone.named"),
        ("Africa/Tunis", "time_zone.named"),
        ("America/Argentina/Buenos_Aires", "time_zone.named"),
        ("Etc/GMT+3", "time_zone.named"),
        ("<+03>-03", "time_zone.odd"),
        ("CET-1CEST", "time_zone.odd"),
        ("localtime", "time_zone.odd"),
        ("", "time_zone.odd"),
    ],
)
def test_time_zones(name: str, reason: str) -> None:
    assert time_zone_finding(name).reason == reason


def report(*findings: Finding) -> ReadinessReport:
    return ReadinessReport("shop @ db:5432", "shop", Environment.PRODUCTION, "18.4", NOW, "nexus-studio", findings)


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ((), READY),
        ((ok("tls.verified"), not_applicable("url.environment")), READY),
        ((ok("tls.verified"), unknown("url.error")), WARNINGS),
        ((warning("tls.unverified"), ok("url.real")), WARNINGS),
        ((warning("tls.unverified"), failed("url.standby")), NOT_READY),
    ],
)
def test_the_exit_code_is_the_worst_verdict(findings: tuple[Finding, ...], code: int) -> None:
    assert report(*findings).exit_code == code


def test_checks_are_chosen_by_id_in_their_own_order() -> None:
    assert named(()) == CHECKS
    assert [each.id for each in named(("tls", "url", "tls"))] == ["url", "tls"]
    with pytest.raises(KeyError):
        named(("weather",))
    assert len({each.id for each in CHECKS}) == len(CHECKS)

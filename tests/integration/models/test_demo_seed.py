"""The demo is the same on every machine, adds only what is missing, and leaves nothing behind when it is cancelled."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from models import Course, SessionBooking, User, metadata
from models.seeds import SEEDS, Seed, demo, seed
from models.seeds.calendar import weeks
from models.seeds.demo import _batches, _cohorts
from models.seeds.dice import FIRST_NUMBER
from models.seeds.people import pseudonym
from models.seeds.picture import png
from tests.integration.models.platform_database import checksums, engine_for, no_report

DIGEST = "f8751d670365d39b46896b6123ca9ab6da83e32446daf8b491bf0fece3e904b4"
"""SHA-256 of the first two cohorts. It changes when the demo is changed, and for no other reason."""


class Cancelled(Exception):
    """What a report raises in these tests."""


def run(connection: sa.Connection, scale: int = 1) -> dict[str, int]:
    return demo(connection, scale, no_report)


def count(connection: sa.Connection, table: sa.FromClause) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_every_table_gets_rows_and_the_counts_are_true(empty: sa.Connection) -> None:
    added = run(empty)
    assert set(added) == set(metadata.tables)
    assert added == {name: count(empty, table) for name, table in metadata.tables.items()}
    assert 1_000 <= added["session_bookings"] <= 3_000
    assert count(empty, sa.table("monthly_revenue")) == 15
    assert count(empty, sa.table("student_overview")) == added["students"]


def test_running_it_twice_changes_nothing(seeded: sa.Connection) -> None:
    before = checksums(seeded)
    assert None not in before.values()
    assert run(seeded) == {}
    assert checksums(seeded) == before


def test_it_is_the_same_in_every_database(seeded: sa.Connection, empty: sa.Connection) -> None:
    empty.execute(sa.text("SET LOCAL TimeZone = 'Pacific/Auckland'"))
    empty.execute(sa.text("SET LOCAL DateStyle = 'SQL, DMY'"))
    run(empty)
    empty.execute(sa.text("RESET TimeZone"))
    empty.execute(sa.text("RESET DateStyle"))
    assert checksums(seeded) == checksums(empty)


def test_it_is_the_same_on_every_machine() -> None:
    rows = _cohorts(range(2), weeks())
    assert hashlib.sha256(repr(rows).encode()).hexdigest() == DIGEST


def test_a_larger_scale_adds_what_is_missing(seeded: sa.Connection, empty: sa.Connection) -> None:
    added = run(seeded, 2)
    assert added["session_bookings"] == 2_000
    assert "courses" not in added
    run(empty, 2)
    assert checksums(seeded) == checksums(empty)


@pytest.mark.parametrize("after", [1, 20, 60, 90, 110])
def test_a_cancel_leaves_nothing(migrated_once: sa.Engine, after: int) -> None:
    calls = 0

    def report(_step: str, _done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            raise Cancelled

    with pytest.raises(Cancelled), migrated_once.begin() as connection:
        demo(connection, 2, report)
    with migrated_once.connect() as connection:
        assert set(checksums(connection).values()) == {None}


def test_progress_only_grows_and_ends_at_its_total(empty: sa.Connection) -> None:
    told: list[tuple[str, int, int]] = []
    demo(empty, 2, lambda *news: told.append(news))
    assert all(step.startswith("demo.") for step, _, _ in told)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert len({total for _, _, total in told}) == 1
    assert told[-1] == ("demo.done", told[-1][2], told[-1][2])


def test_what_was_deleted_comes_back_and_what_was_changed_stays(seeded: sa.Connection) -> None:
    before = checksums(seeded)
    seeded.execute(sa.delete(User).where(User.id == "demo-user-00000-00040"))
    assert run(seeded)["session_bookings"] == 50
    assert checksums(seeded) == before
    seeded.execute(sa.update(Course).values(title="changé"))
    assert run(seeded) == {}
    assert seeded.scalars(sa.select(Course.title).distinct()).all() == ["changé"]


def test_a_place_taken_by_someone_else_is_left_to_them(seeded: sa.Connection) -> None:
    bookings = metadata.tables["session_bookings"]
    taken = seeded.execute(sa.select(bookings).where(bookings.c.status == "SCHEDULED").limit(1)).mappings().one()
    seeded.execute(sa.delete(bookings).where(bookings.c.id == taken["id"]))
    mine = {name: value for name, value in taken.items() if name != "slot"} | {"id": "mine"}
    seeded.execute(sa.insert(bookings).values(mine))
    assert run(seeded) == {}


def test_what_hangs_off_someone_left_out_is_left_out(seeded: sa.Connection) -> None:
    pupil = seeded.execute(sa.select(User.id, User.email).where(User.role == "ELEVE").limit(1)).one()
    seeded.execute(sa.delete(User).where(User.id == pupil.id))
    seeded.execute(sa.insert(User).values(id="mine", email=pupil.email, role="ELEVE"))
    assert run(seeded) == {}


def test_a_coach_never_teaches_twice_at_once(seeded: sa.Connection) -> None:
    one, other = sa.orm.aliased(SessionBooking), sa.orm.aliased(SessionBooking)
    clash = sa.select(one.id).where(one.id < other.id, one.coach_id == other.coach_id, one.slot.op("&&")(other.slot))
    assert seeded.execute(clash).first() is None


def test_nobody_can_log_in_with_a_demo_account(seeded: sa.Connection) -> None:
    assert set(seeded.scalars(sa.select(User.password).distinct())) == {"!demo"}
    domains = seeded.scalars(sa.select(sa.func.split_part(User.email, "@", 2)).distinct())
    assert all(domain.endswith(".example") for domain in domains)


def test_rows_of_counted_tables_do_not_meet_counted_ones(seeded: sa.Connection) -> None:
    statement = sa.text(
        """INSERT INTO login_events ("userId", succeeded) SELECT id, true FROM users LIMIT 5 RETURNING id"""
    )
    # Counted from 1 or a little above; the demo's own begin at a milliard.
    assert max(seeded.scalars(statement)) < FIRST_NUMBER


def test_cohorts_come_in_order_and_none_is_missing() -> None:
    calendar = weeks()
    batches = list(_batches(_cohorts(range(1), calendar), 22, calendar))
    keys = [str(row[0]) for batch in batches for row in batch["coach_profiles"]]
    assert len(batches) == 4
    assert keys == sorted(keys)
    assert len(keys) == 22 * 5


def test_pseudonyms_never_meet() -> None:
    names = [pseudonym(cohort, place) for cohort in range(1_000) for place in range(5)]
    assert names[:5] == ["Hélios", "Zénon", "Athéna", "Clio", "Orphée"]
    assert len(set(names)) == len(names)


def test_a_picture_is_a_picture() -> None:
    pyside = pytest.importorskip("PySide6.QtGui")
    image = pyside.QImage.fromData(png(10, 120, 200))
    assert (image.width(), image.height()) == (16, 16)
    assert image.pixelColor(0, 0).getRgb()[:3] == (10, 120, 200)
    assert image.pixelColor(8, 8).getRgb()[:3] == (255, 255, 255)


def test_a_connection_without_transactions_is_refused(pg_url: str) -> None:
    engine = engine_for(pg_url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection, pytest.raises(ValueError, match="transaction"):
        demo(connection, 1, no_report)


def test_a_scale_below_one_is_refused(empty: sa.Connection) -> None:
    with pytest.raises(ValueError, match="scale"):
        demo(empty, 0, no_report)


def test_the_demo_is_on_the_list() -> None:
    assert SEEDS["demo"] == Seed(
        "demo", SEEDS["demo"].description, ("demo", "development", "ci"), idempotent=True, run=demo
    )
    with pytest.raises(ValueError, match="registered already"):
        seed(name="demo", description="again", environments=())(demo)

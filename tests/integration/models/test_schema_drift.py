"""Whatever differs between a database and the models is found, and looking leaves no trace."""

from __future__ import annotations

import sqlalchemy as sa

from models.drift import differences

PLANTED = {
    "ALTER TABLE courses ADD COLUMN planted int": ("column", "courses.planted", "definition"),
    "ALTER TABLE courses ALTER COLUMN published SET DEFAULT true": ("column", "courses.published", "definition"),
    "ALTER TABLE users DROP COLUMN phone": ("column", "users.phone", "definition"),
    "COMMENT ON TABLE users IS NULL": ("table", "users", "comment"),
    "COMMENT ON COLUMN payments.amount IS 'planted'": ("column", "payments.amount", "comment"),
    "COMMENT ON VIEW student_overview IS 'planted'": ("view", "student_overview", "comment"),
    "COMMENT ON COLUMN monthly_revenue.month IS NULL": ("column", "monthly_revenue.month", "comment"),
    'CREATE OR REPLACE VIEW student_overview AS SELECT id AS "studentId", grade AS name, grade, credits,'
    ' now() AS "nextBookingAt", 0::bigint AS "badgesEarned" FROM students': ("view", "student_overview", "definition"),
    "DROP INDEX uq_monthly_revenue_month_currency": (
        "index",
        "monthly_revenue.uq_monthly_revenue_month_currency",
        "definition",
    ),
    "DROP INDEX uq_session_bookings_live; CREATE UNIQUE INDEX uq_session_bookings_live"
    ' ON session_bookings ("coachId", "startsAt") WHERE status = \'SCHEDULED\'': (
        "index",
        "session_bookings.uq_session_bookings_live",
        "definition",
    ),
    "ALTER TABLE payments DROP CONSTRAINT ck_payments_amount, ADD CONSTRAINT ck_payments_amount CHECK (amount >= 0)": (
        "constraint",
        "payments.ck_payments_amount",
        "definition",
    ),
    'ALTER TABLE students DROP CONSTRAINT "fk_students_parentId_parent_profiles"': (
        "constraint",
        "students.fk_students_parentId_parent_profiles",
        "definition",
    ),
    "ALTER TYPE \"UserRole\" ADD VALUE 'PLANTED'": ("type", "UserRole", "definition"),
    "CREATE TYPE \"Planted\" AS ENUM ('A')": ("type", "Planted", "definition"),
    "DROP TABLE audit_events_2026_01": ("partition", "audit_events_2026_01", "definition"),
    "CREATE TABLE planted (id int)": ("table", "planted", "definition"),
    "CREATE TRIGGER planted BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION"
    " suppress_redundant_updates_trigger()": ("trigger", "users.planted", "definition"),
}

SURROUNDINGS = sa.text(
    "SELECT current_setting('search_path'), current_setting('TimeZone'), (SELECT count(*) FROM pg_class),"
    " (SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace)"
)


def test_planted_differences_are_found(empty: sa.Connection) -> None:
    for plant in PLANTED:
        empty.execute(sa.text(plant))
    found = {(one.kind, one.name, one.aspect) for one in differences(empty)}
    assert set(PLANTED.values()) <= found


def test_nothing_else_is_found(empty: sa.Connection) -> None:
    empty.execute(sa.text("DROP INDEX uq_session_bookings_live"))
    empty.execute(sa.text("DROP MATERIALIZED VIEW monthly_revenue"))
    found = {(one.kind, one.name.partition(".")[0]) for one in differences(empty)}
    assert found == {
        ("index", "session_bookings"),
        ("view", "monthly_revenue"),
        ("column", "monthly_revenue"),
        ("index", "monthly_revenue"),
    }


def test_both_sides_are_told(empty: sa.Connection) -> None:
    empty.execute(sa.text("COMMENT ON TABLE users IS 'planted'"))
    (one,) = differences(empty)
    assert (one.declared, one.found) == ("Accounts: everyone who can log in", "planted")


def test_looking_leaves_no_trace(empty: sa.Connection) -> None:
    before = empty.execute(SURROUNDINGS).one()
    assert differences(empty) == []
    assert empty.execute(SURROUNDINGS).one() == before

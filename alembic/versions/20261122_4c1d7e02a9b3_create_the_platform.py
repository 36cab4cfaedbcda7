"""Create the platform: every type, table, index, partition and view.

Revision: 4c1d7e02a9b3
Revises: nothing
Created: 2026-11-22
"""

# This page is frozen: it says what the schema was on its day and imports nothing from the models, which go on changing.

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "4c1d7e02a9b3"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)

ENUMS: dict[str, tuple[str, ...]] = {
    "UserRole": (
        "ADMIN",
        "ASSISTANTE",
        "COACH",
        "PARENT",
        "ELEVE",
    ),
    "Subject": (
        "MATHEMATIQUES",
        "NSI",
        "FRANCAIS",
        "PHILOSOPHIE",
        "HISTOIRE_GEO",
        "ANGLAIS",
        "ESPAGNOL",
        "PHYSIQUE_CHIMIE",
        "SVT",
        "SES",
    ),
    "SubscriptionStatus": (
        "ACTIVE",
        "INACTIVE",
        "CANCELLED",
        "EXPIRED",
    ),
    "ServiceType": (
        "COURS_ONLINE",
        "COURS_PRESENTIEL",
        "ATELIER_GROUPE",
    ),
    "SessionStatus": (
        "SCHEDULED",
        "CONFIRMED",
        "IN_PROGRESS",
        "COMPLETED",
        "CANCELLED",
        "NO_SHOW",
        "RESCHEDULED",
    ),
    "SessionType": (
        "INDIVIDUAL",
        "GROUP",
        "MASTERCLASS",
    ),
    "SessionModality": (
        "ONLINE",
        "IN_PERSON",
        "HYBRID",
    ),
    "PaymentType": (
        "SUBSCRIPTION",
        "CREDIT_PACK",
        "SPECIAL_PACK",
    ),
    "PaymentStatus": (
        "PENDING",
        "COMPLETED",
        "FAILED",
        "REFUNDED",
    ),
    "NotificationType": (
        "SESSION_BOOKED",
        "SESSION_CONFIRMED",
        "SESSION_REMINDER",
        "SESSION_CANCELLED",
        "SESSION_RESCHEDULED",
        "SESSION_COMPLETED",
        "COACH_ASSIGNED",
        "PAYMENT_REQUIRED",
    ),
    "NotificationStatus": (
        "PENDING",
        "SENT",
        "DELIVERED",
        "READ",
        "FAILED",
    ),
    "NotificationMethod": (
        "EMAIL",
        "SMS",
        "IN_APP",
        "PUSH",
    ),
    "ReminderType": (
        "ONE_DAY_BEFORE",
        "TWO_HOURS_BEFORE",
        "THIRTY_MINUTES_BEFORE",
        "SESSION_STARTING",
    ),
    "EngagementLevel": (
        "LOW",
        "MEDIUM",
        "HIGH",
    ),
    "CronExecutionStatus": (
        "RUNNING",
        "COMPLETED",
        "FAILED",
    ),
    "InvoiceStatus": (
        "DRAFT",
        "ISSUED",
        "PAID",
        "CANCELLED",
    ),
    "AssessmentStatus": (
        "PENDING",
        "SCORING",
        "COMPLETED",
        "FAILED",
    ),
    "TrajectoryStatus": (
        "ACTIVE",
        "PAUSED",
        "COMPLETED",
        "ABANDONED",
    ),
    "EntitlementStatus": (
        "ACTIVE",
        "SUSPENDED",
        "REVOKED",
        "EXPIRED",
    ),
    "CreditTransactionType": (
        "MONTHLY_ALLOCATION",
        "PURCHASE",
        "USAGE",
        "REFUND",
        "EXPIRATION",
    ),
}

# In the order of creation: a table stands behind those it points to.
TABLES = (
    "users",
    "coach_availabilities",
    "coach_profiles",
    "login_events",
    "parent_profiles",
    "student_profiles",
    "students",
    "badges",
    "courses",
    "pedagogical_contents",
    "course_enrollments",
    "student_badges",
    "session_bookings",
    "session_notifications",
    "session_reminders",
    "session_reports",
    "sessions",
    "student_reports",
    "assessments",
    "diagnostics",
    "progression_history",
    "trajectories",
    "domain_scores",
    "skill_scores",
    "messages",
    "notifications",
    "aria_conversations",
    "aria_messages",
    "invoice_sequences",
    "stage_reservations",
    "entitlements",
    "invoices",
    "payments",
    "invoice_items",
    "credit_transactions",
    "subscription_requests",
    "subscriptions",
    "cron_executions",
    "audit_events",
    "user_documents",
)

PARTITIONS = (
    """
CREATE TABLE audit_events_2025_09 PARTITION OF audit_events
FOR VALUES FROM ('2025-09-01T00:00:00+00:00') TO ('2025-10-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2025_09 IS 'audit_events of 2025-09 (UTC)'",
    """
CREATE TABLE audit_events_2025_10 PARTITION OF audit_events
FOR VALUES FROM ('2025-10-01T00:00:00+00:00') TO ('2025-11-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2025_10 IS 'audit_events of 2025-10 (UTC)'",
    """
CREATE TABLE audit_events_2025_11 PARTITION OF audit_events
FOR VALUES FROM ('2025-11-01T00:00:00+00:00') TO ('2025-12-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2025_11 IS 'audit_events of 2025-11 (UTC)'",
    """
CREATE TABLE audit_events_2025_12 PARTITION OF audit_events
FOR VALUES FROM ('2025-12-01T00:00:00+00:00') TO ('2026-01-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2025_12 IS 'audit_events of 2025-12 (UTC)'",
    """
CREATE TABLE audit_events_2026_01 PARTITION OF audit_events
FOR VALUES FROM ('2026-01-01T00:00:00+00:00') TO ('2026-02-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_01 IS 'audit_events of 2026-01 (UTC)'",
    """
CREATE TABLE audit_events_2026_02 PARTITION OF audit_events
FOR VALUES FROM ('2026-02-01T00:00:00+00:00') TO ('2026-03-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_02 IS 'audit_events of 2026-02 (UTC)'",
    """
CREATE TABLE audit_events_2026_03 PARTITION OF audit_events
FOR VALUES FROM ('2026-03-01T00:00:00+00:00') TO ('2026-04-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_03 IS 'audit_events of 2026-03 (UTC)'",
    """
CREATE TABLE audit_events_2026_04 PARTITION OF audit_events
FOR VALUES FROM ('2026-04-01T00:00:00+00:00') TO ('2026-05-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_04 IS 'audit_events of 2026-04 (UTC)'",
    """
CREATE TABLE audit_events_2026_05 PARTITION OF audit_events
FOR VALUES FROM ('2026-05-01T00:00:00+00:00') TO ('2026-06-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_05 IS 'audit_events of 2026-05 (UTC)'",
    """
CREATE TABLE audit_events_2026_06 PARTITION OF audit_events
FOR VALUES FROM ('2026-06-01T00:00:00+00:00') TO ('2026-07-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_06 IS 'audit_events of 2026-06 (UTC)'",
    """
CREATE TABLE audit_events_2026_07 PARTITION OF audit_events
FOR VALUES FROM ('2026-07-01T00:00:00+00:00') TO ('2026-08-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_07 IS 'audit_events of 2026-07 (UTC)'",
    """
CREATE TABLE audit_events_2026_08 PARTITION OF audit_events
FOR VALUES FROM ('2026-08-01T00:00:00+00:00') TO ('2026-09-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_08 IS 'audit_events of 2026-08 (UTC)'",
    """
CREATE TABLE audit_events_2026_09 PARTITION OF audit_events
FOR VALUES FROM ('2026-09-01T00:00:00+00:00') TO ('2026-10-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_09 IS 'audit_events of 2026-09 (UTC)'",
    """
CREATE TABLE audit_events_2026_10 PARTITION OF audit_events
FOR VALUES FROM ('2026-10-01T00:00:00+00:00') TO ('2026-11-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_10 IS 'audit_events of 2026-10 (UTC)'",
    """
CREATE TABLE audit_events_2026_11 PARTITION OF audit_events
FOR VALUES FROM ('2026-11-01T00:00:00+00:00') TO ('2026-12-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_11 IS 'audit_events of 2026-11 (UTC)'",
    """
CREATE TABLE audit_events_2026_12 PARTITION OF audit_events
FOR VALUES FROM ('2026-12-01T00:00:00+00:00') TO ('2027-01-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2026_12 IS 'audit_events of 2026-12 (UTC)'",
    """
CREATE TABLE audit_events_2027_01 PARTITION OF audit_events
FOR VALUES FROM ('2027-01-01T00:00:00+00:00') TO ('2027-02-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_01 IS 'audit_events of 2027-01 (UTC)'",
    """
CREATE TABLE audit_events_2027_02 PARTITION OF audit_events
FOR VALUES FROM ('2027-02-01T00:00:00+00:00') TO ('2027-03-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_02 IS 'audit_events of 2027-02 (UTC)'",
    """
CREATE TABLE audit_events_2027_03 PARTITION OF audit_events
FOR VALUES FROM ('2027-03-01T00:00:00+00:00') TO ('2027-04-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_03 IS 'audit_events of 2027-03 (UTC)'",
    """
CREATE TABLE audit_events_2027_04 PARTITION OF audit_events
FOR VALUES FROM ('2027-04-01T00:00:00+00:00') TO ('2027-05-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_04 IS 'audit_events of 2027-04 (UTC)'",
    """
CREATE TABLE audit_events_2027_05 PARTITION OF audit_events
FOR VALUES FROM ('2027-05-01T00:00:00+00:00') TO ('2027-06-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_05 IS 'audit_events of 2027-05 (UTC)'",
    """
CREATE TABLE audit_events_2027_06 PARTITION OF audit_events
FOR VALUES FROM ('2027-06-01T00:00:00+00:00') TO ('2027-07-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_06 IS 'audit_events of 2027-06 (UTC)'",
    """
CREATE TABLE audit_events_2027_07 PARTITION OF audit_events
FOR VALUES FROM ('2027-07-01T00:00:00+00:00') TO ('2027-08-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_07 IS 'audit_events of 2027-07 (UTC)'",
    """
CREATE TABLE audit_events_2027_08 PARTITION OF audit_events
FOR VALUES FROM ('2027-08-01T00:00:00+00:00') TO ('2027-09-01T00:00:00+00:00')
""",
    "COMMENT ON TABLE audit_events_2027_08 IS 'audit_events of 2027-08 (UTC)'",
    """
CREATE TABLE audit_events_default PARTITION OF audit_events
DEFAULT
""",
    "COMMENT ON TABLE audit_events_default IS 'audit_events of months without a partition'",
)

VIEWS = (
    """
CREATE VIEW student_overview AS
SELECT s.id AS "studentId",
       concat_ws(' ', u."firstName", u."lastName") AS name,
       s.grade,
       s.credits,
       (SELECT min(b."startsAt")
          FROM session_bookings b
         WHERE b."studentId" = s."userId"
           AND b."startsAt" >= now()
           AND b.status IN ('SCHEDULED', 'CONFIRMED')) AS "nextBookingAt",
       (SELECT count(*) FROM student_badges e WHERE e."studentId" = s.id) AS "badgesEarned"
  FROM students s
  JOIN users u ON u.id = s."userId"
""",
    "COMMENT ON VIEW student_overview IS 'One row a student: name, grade, credits, next booking, badges earned'",
    """COMMENT ON COLUMN student_overview."nextBookingAt" IS 'Start of the next booking that still stands; NULL: none'""",
    """
CREATE MATERIALIZED VIEW monthly_revenue AS
SELECT date_trunc('month', p."createdAt" AT TIME ZONE 'Africa/Tunis')::date AS month,
       p.currency,
       sum(p.amount) AS "completedAmount",
       count(*) AS payments
  FROM payments p
 WHERE p.status = 'COMPLETED'
 GROUP BY 1, 2
""",
    "CREATE UNIQUE INDEX uq_monthly_revenue_month_currency ON monthly_revenue (month, currency)",
    "COMMENT ON MATERIALIZED VIEW monthly_revenue IS 'Completed payments by month and currency; as of the last refresh'",
    """COMMENT ON COLUMN monthly_revenue."month" IS 'First day of the month, by the calendar of Tunis'""",
    """COMMENT ON COLUMN monthly_revenue."completedAmount" IS 'Sum of the completed payments, in the currency beside it'""",
    """COMMENT ON COLUMN monthly_revenue."payments" IS 'Number of completed payments'""",
)


def upgrade() -> None:
    """Create everything in an empty schema."""
    _random_uuids()
    for name, values in ENUMS.items():
        postgresql.ENUM(*values, name=name).create(op.get_bind(), checkfirst=False)
    _people()
    _courses()
    _sessions()
    _progress()
    _assistant()
    _money()
    _operations()
    for statement in (*PARTITIONS, *VIEWS):
        op.execute(statement)


def downgrade() -> None:
    """Drop everything, and with it every row; partitions go with their table, indexes with theirs."""
    op.execute("DROP MATERIALIZED VIEW monthly_revenue")
    op.execute("DROP VIEW student_overview")
    for name in reversed(TABLES):
        op.drop_table(name)
    for name in reversed(ENUMS):
        postgresql.ENUM(name=name).drop(op.get_bind(), checkfirst=False)


def _random_uuids() -> None:
    """Provide gen_random_uuid() where the server has none of its own: before PostgreSQL 13 it is pgcrypto's."""
    version = op.get_context().dialect.server_version_info  # None where SQL text is written
    if version and version < (13,):
        op.execute("CREATE EXTENSION IF NOT EXISTS pgcrypto")


def _enum(name: str) -> postgresql.ENUM:
    """Return a type that exists already."""
    return postgresql.ENUM(name=name, create_type=False)


def _people() -> None:
    """Create accounts and profiles."""
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column(
            "password",
            sa.Text(),
            nullable=True,
            comment="Hash of the password, never the password; NULL until activation",
        ),
        sa.Column("role", _enum("UserRole"), nullable=False),
        sa.Column("firstName", sa.Text(), nullable=True),
        sa.Column("lastName", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("lastLoginAt", MOMENT, nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        comment="Accounts: everyone who can log in",
    )
    op.create_index(op.f("ix_users_role"), "users", ["role"])
    op.create_table(
        "coach_availabilities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("coachId", sa.Text(), nullable=False),
        sa.Column("dayOfWeek", sa.SmallInteger(), nullable=False, comment="0 is Sunday, 6 is Saturday"),
        sa.Column("startTime", sa.Time(), nullable=False, comment="Local time in Tunis"),
        sa.Column("endTime", sa.Time(), nullable=False, comment="Local time in Tunis, after startTime"),
        sa.Column("specificDate", sa.Date(), nullable=True, comment="The one day it holds for; NULL: weekly"),
        sa.Column(
            "isAvailable",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="False: the coach is away in this span",
        ),
        sa.Column(
            "isRecurring", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment="True: every week"
        ),
        sa.Column(
            "validity", postgresql.DATERANGE(), nullable=True, comment="The dates on which it holds; NULL: always"
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint('"dayOfWeek" >= 0 AND "dayOfWeek" <= 6', name=op.f("ck_coach_availabilities_day_of_week")),
        sa.CheckConstraint('"endTime" > "startTime"', name=op.f("ck_coach_availabilities_end_after_start")),
        sa.ForeignKeyConstraint(
            ["coachId"], ["users.id"], name=op.f("fk_coach_availabilities_coachId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_availabilities")),
        sa.UniqueConstraint(
            "coachId", "dayOfWeek", "startTime", "endTime", "specificDate", name="uq_coach_availabilities_slot"
        ),
        comment="When a coach may be booked",
    )
    op.create_index(
        "uq_coach_availabilities_weekly",
        "coach_availabilities",
        ["coachId", "dayOfWeek", "startTime", "endTime"],
        unique=True,
        postgresql_where=sa.text('"specificDate" IS NULL'),
    )
    op.create_table(
        "coach_profiles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False, comment="The name shown to families instead of the real one"),
        sa.Column("title", sa.Text(), nullable=True, comment="Degree or office, such as Agrégée de mathématiques"),
        sa.Column("tag", sa.Text(), nullable=True, comment="A few words shown beside the pseudonym"),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("philosophy", sa.Text(), nullable=True, comment="How the coach sees teaching, in their own words"),
        sa.Column("expertise", sa.Text(), nullable=True),
        sa.Column(
            "subjects",
            postgresql.ARRAY(_enum("Subject")),
            server_default=sa.text("'{}'::\"Subject\"[]"),
            nullable=False,
        ),
        sa.Column("availableOnline", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("availableInPerson", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("hourlyRate", sa.Numeric(precision=10, scale=3), nullable=True, comment="TND per hour"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_coach_profiles_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_profiles")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_coach_profiles_pseudonym")),
        sa.UniqueConstraint("userId", name=op.f("uq_coach_profiles_userId")),
        comment="Coaches as families see them",
    )
    op.create_table(
        "login_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("ipAddress", postgresql.INET(), nullable=True),
        sa.Column("userAgent", sa.Text(), nullable=True, comment="The browser, as it names itself"),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_login_events_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_events")),
        comment="Attempts to log in, successful or not",
    )
    op.create_index(op.f("ix_login_events_userId"), "login_events", ["userId"])
    op.create_table(
        "parent_profiles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), server_default="Tunisie", nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_parent_profiles_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parent_profiles")),
        sa.UniqueConstraint("userId", name=op.f("uq_parent_profiles_userId")),
        comment="Parents: the families that subscribe",
    )
    op.create_table(
        "student_profiles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True, comment="School year, such as Terminale"),
        sa.Column("school", sa.Text(), nullable=True),
        sa.Column("birthDate", sa.Date(), nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_student_profiles_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student_profiles")),
        sa.UniqueConstraint("userId", name=op.f("uq_student_profiles_userId")),
        comment="What a student's own account says of them",
    )
    op.create_table(
        "students",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("parentId", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True, comment="School year, such as Terminale"),
        sa.Column("school", sa.Text(), nullable=True),
        sa.Column("birthDate", sa.Date(), nullable=True),
        sa.Column(
            "credits",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="Credits left; one credit is one hour online",
        ),
        sa.Column("totalSessions", sa.Integer(), server_default="0", nullable=False, comment="Sessions ever booked"),
        sa.Column("completedSessions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["parentId"], ["parent_profiles.id"], name=op.f("fk_students_parentId_parent_profiles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["userId"], ["users.id"], name=op.f("fk_students_userId_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_students")),
        sa.UniqueConstraint("userId", name=op.f("uq_students_userId")),
        comment="Students, each enrolled by a parent",
    )
    op.create_index(op.f("ix_students_parentId"), "students", ["parentId"])


def _courses() -> None:
    """Create what is taught and earned."""
    op.create_table(
        "badges",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False, comment="ASSIDUITE, PROGRESSION or CURIOSITE"),
        sa.Column("icon", sa.Text(), nullable=True, comment="Name of the picture shown"),
        sa.Column(
            "condition", sa.Text(), nullable=True, comment="What has to be reached, as the awarding job reads it"
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badges")),
        sa.UniqueConstraint("name", name=op.f("uq_badges_name")),
        comment="Distinctions that students can earn",
    )
    op.create_table(
        "courses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False, comment="The course's name in web addresses"),
        sa.Column("subject", _enum("Subject"), nullable=False),
        sa.Column("level", sa.Text(), nullable=False, comment="School year it is meant for, such as Terminale"),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("duration", sa.Interval(), nullable=True, comment="Teaching time in all"),
        sa.Column("price", sa.Numeric(precision=10, scale=3), nullable=False, comment="TND"),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column(
            "published",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether families see it",
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("slug", name=op.f("uq_courses_slug")),
        comment="The catalogue of courses",
    )
    op.create_index(op.f("ix_courses_subject"), "courses", ["subject"])
    op.create_table(
        "pedagogical_contents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("subject", _enum("Subject"), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True, comment="School year, such as Terminale"),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column(
            "searchVector",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('french'::regconfig, title), 'A'::\"char\") || setweight(to_tsvector('french'::regconfig, content), 'B'::\"char\")",
                persisted=True,
            ),
            nullable=False,
            comment="French words of the title (weight A) and of the content (weight B)",
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pedagogical_contents")),
        comment="Teaching material that the assistant ARIA searches",
    )
    op.create_index(
        "ix_pedagogical_contents_searchVector", "pedagogical_contents", ["searchVector"], postgresql_using="gin"
    )
    op.create_index(op.f("ix_pedagogical_contents_subject"), "pedagogical_contents", ["subject"])
    op.create_table(
        "course_enrollments",
        sa.Column("courseId", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("enrolledAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("completedAt", MOMENT, nullable=True),
        sa.Column(
            "progress",
            sa.Numeric(precision=5, scale=2),
            server_default="0",
            nullable=False,
            comment="Percent, 0 to 100",
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint("progress >= 0 AND progress <= 100", name=op.f("ck_course_enrollments_progress")),
        sa.ForeignKeyConstraint(
            ["courseId"], ["courses.id"], name=op.f("fk_course_enrollments_courseId_courses"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_course_enrollments_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("courseId", "studentId", name=op.f("pk_course_enrollments")),
        comment="Which student follows which course",
    )
    op.create_index(op.f("ix_course_enrollments_studentId"), "course_enrollments", ["studentId"])
    op.create_table(
        "student_badges",
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("badgeId", sa.Text(), nullable=False),
        sa.Column("earnedAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["badgeId"], ["badges.id"], name=op.f("fk_student_badges_badgeId_badges"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_student_badges_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("studentId", "badgeId", name=op.f("pk_student_badges")),
        comment="Which student earned which badge",
    )
    op.create_index(op.f("ix_student_badges_badgeId"), "student_badges", ["badgeId"])


def _sessions() -> None:
    """Create sessions, bookings and what hangs off them."""
    op.create_table(
        "session_bookings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False, comment="The student's account"),
        sa.Column("coachId", sa.Text(), nullable=False, comment="Coach's account"),
        sa.Column(
            "parentId", sa.Text(), nullable=True, comment="The account of the parent who booked; NULL: the student did"
        ),
        sa.Column("subject", _enum("Subject"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("startsAt", MOMENT, nullable=False),
        sa.Column("endsAt", MOMENT, nullable=False),
        sa.Column(
            "slot",
            postgresql.TSTZRANGE(),
            sa.Computed('tstzrange("startsAt", "endsAt")', persisted=True),
            nullable=False,
            comment="From startsAt to endsAt, the end left out; kept by the database",
        ),
        sa.Column("status", _enum("SessionStatus"), server_default="SCHEDULED", nullable=False),
        sa.Column("type", _enum("SessionType"), server_default="INDIVIDUAL", nullable=False),
        sa.Column("modality", _enum("SessionModality"), server_default="ONLINE", nullable=False),
        sa.Column("meetingUrl", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("creditsUsed", sa.Integer(), server_default="1", nullable=False),
        sa.Column("coachNotes", sa.Text(), nullable=True, comment="Seen by coaches only"),
        sa.Column("studentNotes", sa.Text(), nullable=True, comment="What the student wants to work on"),
        sa.Column("rating", sa.SmallInteger(), nullable=True, comment="Stars given by the student, 1 to 5"),
        sa.Column("feedback", sa.Text(), nullable=True, comment="What the student wrote afterwards"),
        sa.Column("studentAttended", sa.Boolean(), nullable=True),
        sa.Column("completedAt", MOMENT, nullable=True),
        sa.Column("cancelledAt", MOMENT, nullable=True),
        sa.Column("reminderSent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint('"endsAt" > "startsAt"', name=op.f("ck_session_bookings_ends_after_start")),
        sa.CheckConstraint("rating >= 1 AND rating <= 5", name=op.f("ck_session_bookings_rating")),
        sa.ForeignKeyConstraint(
            ["coachId"], ["users.id"], name=op.f("fk_session_bookings_coachId_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parentId"], ["users.id"], name=op.f("fk_session_bookings_parentId_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["studentId"], ["users.id"], name=op.f("fk_session_bookings_studentId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_bookings")),
        comment="Sessions that students booked with coaches",
    )
    op.create_index("ix_session_bookings_coachId_startsAt", "session_bookings", ["coachId", "startsAt"])
    op.create_index(op.f("ix_session_bookings_parentId"), "session_bookings", ["parentId"])
    op.create_index("ix_session_bookings_status_startsAt", "session_bookings", ["status", "startsAt"])
    op.create_index("ix_session_bookings_studentId_startsAt", "session_bookings", ["studentId", "startsAt"])
    op.create_index(
        "uq_session_bookings_live",
        "session_bookings",
        ["coachId", "startsAt"],
        unique=True,
        postgresql_where=sa.text("status IN ('SCHEDULED', 'CONFIRMED', 'IN_PROGRESS')"),
    )
    op.create_table(
        "session_notifications",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sessionId", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False, comment="Who is told"),
        sa.Column("type", _enum("NotificationType"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("status", _enum("NotificationStatus"), server_default="PENDING", nullable=False),
        sa.Column("method", _enum("NotificationMethod"), nullable=False),
        sa.Column("sentAt", MOMENT, nullable=True),
        sa.Column("readAt", MOMENT, nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["sessionId"],
            ["session_bookings.id"],
            name=op.f("fk_session_notifications_sessionId_session_bookings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_session_notifications_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_notifications")),
        comment="Messages sent about a booking",
    )
    op.create_index(op.f("ix_session_notifications_sessionId"), "session_notifications", ["sessionId"])
    op.create_index(op.f("ix_session_notifications_userId"), "session_notifications", ["userId"])
    op.create_table(
        "session_reminders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sessionId", sa.Text(), nullable=False),
        sa.Column("reminderType", _enum("ReminderType"), nullable=False),
        sa.Column("scheduledFor", MOMENT, nullable=False),
        sa.Column("sent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sentAt", MOMENT, nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["sessionId"],
            ["session_bookings.id"],
            name=op.f("fk_session_reminders_sessionId_session_bookings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_reminders")),
        comment="Reminders of bookings, sent by a scheduled job",
    )
    op.create_index(
        "ix_session_reminders_due", "session_reminders", ["scheduledFor"], postgresql_where=sa.text("NOT sent")
    )
    op.create_index(op.f("ix_session_reminders_sessionId"), "session_reminders", ["sessionId"])
    op.create_table(
        "session_reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sessionId", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("coachId", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("topicsCovered", sa.Text(), nullable=False),
        sa.Column("performanceRating", sa.SmallInteger(), nullable=True, comment="1 weak, 5 strong"),
        sa.Column("progressNotes", sa.Text(), nullable=True),
        sa.Column("recommendations", sa.Text(), nullable=True),
        sa.Column(
            "attendance",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether the student came",
        ),
        sa.Column("engagementLevel", _enum("EngagementLevel"), nullable=True),
        sa.Column("homeworkAssigned", sa.Text(), nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint(
            '"performanceRating" >= 1 AND "performanceRating" <= 5', name=op.f("ck_session_reports_performance_rating")
        ),
        sa.ForeignKeyConstraint(
            ["coachId"],
            ["coach_profiles.id"],
            name=op.f("fk_session_reports_coachId_coach_profiles"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sessionId"],
            ["session_bookings.id"],
            name=op.f("fk_session_reports_sessionId_session_bookings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_session_reports_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_reports")),
        sa.UniqueConstraint("sessionId", name=op.f("uq_session_reports_sessionId")),
        comment="What coaches report after a session",
    )
    op.create_index(op.f("ix_session_reports_coachId"), "session_reports", ["coachId"])
    op.create_index(op.f("ix_session_reports_studentId"), "session_reports", ["studentId"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("coachId", sa.Text(), nullable=True),
        sa.Column("type", _enum("ServiceType"), nullable=False),
        sa.Column("subject", _enum("Subject"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("scheduledAt", MOMENT, nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False, comment="Minutes"),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column(
            "creditCost", sa.Numeric(precision=6, scale=2), nullable=False, comment="Credits taken from the student"
        ),
        sa.Column("status", _enum("SessionStatus"), server_default="SCHEDULED", nullable=False),
        sa.Column("report", sa.Text(), nullable=True, comment="What the coach wrote afterwards"),
        sa.Column("reportedAt", MOMENT, nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint("duration > 0", name=op.f("ck_sessions_duration")),
        sa.ForeignKeyConstraint(
            ["coachId"], ["coach_profiles.id"], name=op.f("fk_sessions_coachId_coach_profiles"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_sessions_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        comment="Sessions as sold before bookings existed",
    )
    op.create_index(op.f("ix_sessions_coachId"), "sessions", ["coachId"])
    op.create_index(op.f("ix_sessions_scheduledAt"), "sessions", ["scheduledAt"])
    op.create_index(op.f("ix_sessions_studentId"), "sessions", ["studentId"])
    op.create_table(
        "student_reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("coachId", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="The time it covers, such as 2025-2026 T1"),
        sa.Column("sessionsCount", sa.Integer(), server_default="0", nullable=False),
        sa.Column("averageGrade", sa.Numeric(precision=4, scale=2), nullable=True, comment="Out of 20"),
        sa.Column("recommendations", sa.Text(), nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint(
            '"averageGrade" >= 0 AND "averageGrade" <= 20', name=op.f("ck_student_reports_average_grade")
        ),
        sa.ForeignKeyConstraint(
            ["coachId"],
            ["coach_profiles.id"],
            name=op.f("fk_student_reports_coachId_coach_profiles"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_student_reports_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student_reports")),
        comment="Reports on a student over a period",
    )
    op.create_index(op.f("ix_student_reports_coachId"), "student_reports", ["coachId"])
    op.create_index(op.f("ix_student_reports_studentId"), "student_reports", ["studentId"])


def _progress() -> None:
    """Create how students stand."""
    op.create_table(
        "assessments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("subject", _enum("Subject"), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False, comment="School year, such as Terminale"),
        sa.Column("answers", postgresql.JSONB(), nullable=False, comment="Answer by number of the question"),
        sa.Column("globalScore", sa.Numeric(precision=5, scale=2), nullable=True, comment="Percent, once scored"),
        sa.Column(
            "confidence", sa.Numeric(precision=5, scale=2), nullable=True, comment="How sure the score is, percent"
        ),
        sa.Column("status", _enum("AssessmentStatus"), server_default="PENDING", nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_assessments_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        comment="Assessments, scored by domain and by skill",
    )
    op.create_index(op.f("ix_assessments_studentId"), "assessments", ["studentId"])
    op.create_table(
        "diagnostics",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("subject", _enum("Subject"), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False, comment="Answer by number of the question"),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True, comment="Percent"),
        sa.Column("analysis", postgresql.JSONB(), nullable=True, comment="Strengths and weaknesses found"),
        sa.Column("takenAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_diagnostics_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnostics")),
        comment="First looks at a student's level in a subject",
    )
    op.create_index(op.f("ix_diagnostics_studentId"), "diagnostics", ["studentId"])
    op.create_table(
        "progression_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False, comment="What is measured, such as moyenne or assiduite"),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("recordedAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_progression_history_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progression_history")),
        comment="Measures of students over time: the points of their curves",
    )
    op.create_index(
        "ix_progression_history_studentId_metric_recordedAt",
        "progression_history",
        ["studentId", "metric", "recordedAt"],
    )
    op.create_table(
        "trajectories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("targetScore", sa.Numeric(precision=5, scale=2), nullable=True, comment="Percent"),
        sa.Column("horizon", postgresql.DATERANGE(), nullable=True, comment="From the start to the day of the target"),
        sa.Column("status", _enum("TrajectoryStatus"), server_default="ACTIVE", nullable=False),
        sa.Column(
            "milestones",
            postgresql.JSONB(),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
            comment="Steps on the way: a list of title, due and done",
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_trajectories_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trajectories")),
        comment="Targets of students and the way there",
    )
    op.create_index(op.f("ix_trajectories_studentId"), "trajectories", ["studentId"])
    op.create_table(
        "domain_scores",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("assessmentId", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False, comment="Part of the subject, such as Analyse"),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False, comment="Percent"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["assessmentId"],
            ["assessments.id"],
            name=op.f("fk_domain_scores_assessmentId_assessments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_scores")),
        sa.UniqueConstraint("assessmentId", "domain", name=op.f("uq_domain_scores_assessmentId_domain")),
        comment="Scores of an assessment by domain",
    )
    op.create_table(
        "skill_scores",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("assessmentId", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False, comment="What the student can do, such as Modéliser"),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False, comment="Points, out of maxScore"),
        sa.Column("maxScore", sa.Numeric(precision=5, scale=2), nullable=False, comment="Points that could be had"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint('"maxScore" > 0', name=op.f("ck_skill_scores_max_score")),
        sa.ForeignKeyConstraint(
            ["assessmentId"],
            ["assessments.id"],
            name=op.f("fk_skill_scores_assessmentId_assessments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_scores")),
        comment="Scores of an assessment by skill",
    )
    op.create_index(op.f("ix_skill_scores_assessmentId"), "skill_scores", ["assessmentId"])


def _assistant() -> None:
    """Create the assistant ARIA, messages, notifications."""
    op.create_table(
        "messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("senderId", sa.Text(), nullable=True),
        sa.Column("receiverId", sa.Text(), nullable=True),
        sa.Column("replyToId", sa.Text(), nullable=True, comment="What it answers"),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("fileUrl", sa.Text(), nullable=True, comment="Where the attached file lies"),
        sa.Column("fileName", sa.Text(), nullable=True),
        sa.Column("readAt", MOMENT, nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["receiverId"], ["users.id"], name=op.f("fk_messages_receiverId_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["replyToId"], ["messages.id"], name=op.f("fk_messages_replyToId_messages"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["senderId"], ["users.id"], name=op.f("fk_messages_senderId_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        comment="Messages between people",
    )
    op.create_index(op.f("ix_messages_receiverId"), "messages", ["receiverId"])
    op.create_index(op.f("ix_messages_replyToId"), "messages", ["replyToId"])
    op.create_index(op.f("ix_messages_senderId"), "messages", ["senderId"])
    op.create_table(
        "notifications",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("userRole", _enum("UserRole"), nullable=False, comment="The role in which the person is told"),
        sa.Column("type", _enum("NotificationType"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=True, comment="What the notice is about, for the link it opens"),
        sa.Column("read", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_notifications_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        comment="Notices in people's inboxes on the platform",
    )
    op.create_index("ix_notifications_userId_createdAt", "notifications", ["userId", "createdAt"])
    op.create_table(
        "aria_conversations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("subject", _enum("Subject"), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_aria_conversations_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aria_conversations")),
        comment="Conversations of students with the assistant ARIA",
    )
    op.create_index(op.f("ix_aria_conversations_studentId"), "aria_conversations", ["studentId"])
    op.create_table(
        "aria_messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversationId", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="Who speaks: user, assistant or system"),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("feedback", sa.Boolean(), nullable=True, comment="Thumb of the student: true up, false down"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('user', 'assistant', 'system')", name=op.f("ck_aria_messages_role")),
        sa.ForeignKeyConstraint(
            ["conversationId"],
            ["aria_conversations.id"],
            name=op.f("fk_aria_messages_conversationId_aria_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aria_messages")),
        comment="Turns of the conversations with ARIA",
    )
    op.create_index("ix_aria_messages_conversationId_createdAt", "aria_messages", ["conversationId", "createdAt"])


def _money() -> None:
    """Create subscriptions, credits, payments, invoices."""
    op.create_table(
        "invoice_sequences",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lastNumber", sa.Integer(), server_default="0", nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_invoice_sequences")),
        comment="The last invoice number given in each year",
    )
    op.create_table(
        "stage_reservations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("parentName", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("studentName", sa.Text(), nullable=True),
        sa.Column("studentLevel", sa.Text(), nullable=True, comment="School year, such as Terminale"),
        sa.Column("academyTitle", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=3), nullable=False, comment="TND"),
        sa.Column(
            "status", sa.Text(), server_default="PENDING", nullable=False, comment="PENDING, CONFIRMED or CANCELLED"
        ),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column(
            "token",
            sa.Uuid(),
            server_default=sa.text("gen_random_uuid()"),
            nullable=False,
            comment="Opens the reservation from the e-mailed link",
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_reservations")),
        sa.UniqueConstraint("token", name=op.f("uq_stage_reservations_token")),
        comment="Places in holiday academies, reserved without an account",
    )
    op.create_index(op.f("ix_stage_reservations_email"), "stage_reservations", ["email"])
    op.create_table(
        "entitlements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("productCode", sa.Text(), nullable=False, comment="The product, such as ARIA_MATHS"),
        sa.Column("status", _enum("EntitlementStatus"), server_default="ACTIVE", nullable=False),
        sa.Column("startsAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("endsAt", MOMENT, nullable=True, comment="NULL: without end"),
        sa.Column("metadata", postgresql.JSONB(), nullable=True, comment="Where the right comes from"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_entitlements_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlements")),
        comment="Rights to use a product",
    )
    op.create_index(op.f("ix_entitlements_userId"), "entitlements", ["userId"])
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="Year and running number; see invoice_sequences"),
        sa.Column("status", _enum("InvoiceStatus"), server_default="DRAFT", nullable=False),
        sa.Column("issuedAt", MOMENT, nullable=True),
        sa.Column("dueDate", sa.Date(), nullable=True),
        sa.Column(
            "total",
            sa.Numeric(precision=12, scale=3),
            server_default="0",
            nullable=False,
            comment="TND, the sum of the items",
        ),
        sa.Column("metadata", postgresql.JSONB(), nullable=True, comment="What the printed invoice also shows"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["userId"], ["users.id"], name=op.f("fk_invoices_userId_users"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        comment="Invoices to families",
    )
    op.create_index(op.f("ix_invoices_userId"), "invoices", ["userId"])
    op.create_table(
        "payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("type", _enum("PaymentType"), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=3), nullable=False, comment="In the currency beside it"),
        sa.Column("currency", sa.CHAR(length=3), server_default="TND", nullable=False, comment="ISO 4217"),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", _enum("PaymentStatus"), server_default="PENDING", nullable=False),
        sa.Column("method", sa.Text(), nullable=True, comment="konnect, clictopay, virement or especes"),
        sa.Column("externalId", sa.Text(), nullable=True, comment="The payment's number at the provider"),
        sa.Column("metadata", postgresql.JSONB(), nullable=True, comment="What the provider told"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(["userId"], ["users.id"], name=op.f("fk_payments_userId_users"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("externalId", "method", name=op.f("uq_payments_externalId_method")),
        comment="Payments of families",
    )
    op.create_index("ix_payments_status_createdAt", "payments", ["status", "createdAt"])
    op.create_index(op.f("ix_payments_userId"), "payments", ["userId"])
    op.create_table(
        "invoice_items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("invoiceId", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("unitPrice", sa.Numeric(precision=12, scale=3), nullable=False, comment="TND"),
        sa.Column(
            "amount",
            sa.Numeric(precision=12, scale=3),
            sa.Computed('quantity::numeric * "unitPrice"', persisted=True),
            nullable=False,
            comment="TND, quantity times unitPrice; kept by the database",
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_invoice_items_quantity")),
        sa.ForeignKeyConstraint(
            ["invoiceId"], ["invoices.id"], name=op.f("fk_invoice_items_invoiceId_invoices"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_items")),
        comment="Lines of invoices",
    )
    op.create_index(op.f("ix_invoice_items_invoiceId"), "invoice_items", ["invoiceId"])
    op.create_table(
        "credit_transactions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("type", _enum("CreditTransactionType"), nullable=False),
        sa.Column(
            "amount", sa.Numeric(precision=8, scale=2), nullable=False, comment="Credits; negative when they are used"
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "sessionId",
            sa.Text(),
            nullable=True,
            comment="Id of the session or booking it is for; outlives it, hence not a key",
        ),
        sa.Column("expiresAt", MOMENT, nullable=True, comment="When unused credits are lost"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_credit_transactions_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_transactions")),
        comment="Changes of students' credits",
    )
    op.create_index(op.f("ix_credit_transactions_studentId"), "credit_transactions", ["studentId"])
    op.create_index(
        "uq_credit_transactions_refund",
        "credit_transactions",
        ["sessionId"],
        unique=True,
        postgresql_where=sa.text("type = 'REFUND'"),
    )
    op.create_index(
        "uq_credit_transactions_usage",
        "credit_transactions",
        ["sessionId"],
        unique=True,
        postgresql_where=sa.text("type = 'USAGE'"),
    )
    op.create_table(
        "subscription_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("requestType", sa.Text(), nullable=False, comment="PLAN_CHANGE, ARIA_ADDON or CANCELLATION"),
        sa.Column("planName", sa.Text(), nullable=True, comment="The plan wished for"),
        sa.Column("monthlyPrice", sa.Numeric(precision=10, scale=3), nullable=False, comment="TND per month"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "status", sa.Text(), server_default="PENDING", nullable=False, comment="PENDING, APPROVED or REJECTED"
        ),
        sa.Column("requestedBy", sa.Text(), nullable=True, comment="Id of the account that asked; not a key"),
        sa.Column("processedBy", sa.Text(), nullable=True, comment="Id of the account that decided; not a key"),
        sa.Column("processedAt", MOMENT, nullable=True),
        sa.Column("rejectionReason", sa.Text(), nullable=True),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_subscription_requests_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_requests")),
        comment="Wishes to change a subscription",
    )
    op.create_index(op.f("ix_subscription_requests_studentId"), "subscription_requests", ["studentId"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("studentId", sa.Text(), nullable=False),
        sa.Column("planName", sa.Text(), nullable=False),
        sa.Column("monthlyPrice", sa.Numeric(precision=10, scale=3), nullable=False, comment="TND per month"),
        sa.Column("creditsPerMonth", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", _enum("SubscriptionStatus"), server_default="INACTIVE", nullable=False),
        sa.Column("startDate", sa.Date(), nullable=False),
        sa.Column("endDate", sa.Date(), nullable=True, comment="Last day; NULL: until cancelled"),
        sa.Column(
            "ariaSubjects",
            postgresql.ARRAY(_enum("Subject")),
            server_default=sa.text("'{}'::\"Subject\"[]"),
            nullable=False,
            comment="Subjects in which ARIA may be asked",
        ),
        sa.Column(
            "ariaCost",
            sa.Numeric(precision=10, scale=3),
            server_default="0",
            nullable=False,
            comment="TND per month for ARIA, on top of the plan",
        ),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["studentId"], ["students.id"], name=op.f("fk_subscriptions_studentId_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        comment="Monthly plans of students",
    )
    op.create_index("ix_subscriptions_studentId_status", "subscriptions", ["studentId", "status"])


def _operations() -> None:
    """Create documents, scheduled jobs, the audit trail."""
    op.create_table(
        "cron_executions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("jobName", sa.Text(), nullable=False),
        sa.Column("executionKey", sa.Text(), nullable=False, comment="What the run was for; a job runs once for it"),
        sa.Column("status", _enum("CronExecutionStatus"), server_default="RUNNING", nullable=False),
        sa.Column("startedAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("completedAt", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), nullable=True, comment="Counts that the job reports"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cron_executions")),
        sa.UniqueConstraint("jobName", "executionKey", name=op.f("uq_cron_executions_jobName_executionKey")),
        comment="Runs of scheduled jobs",
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("actorId", sa.Text(), nullable=True, comment="NULL: the platform itself"),
        sa.Column("action", sa.Text(), nullable=False, comment="CREATE, UPDATE or DELETE"),
        sa.Column("entity", sa.Text(), nullable=False, comment="The table of the row that changed"),
        sa.Column("entityId", sa.Text(), nullable=True, comment="The key of the row that changed"),
        sa.Column("before", postgresql.JSONB(), nullable=True, comment="The row before; NULL when it was created"),
        sa.Column("after", postgresql.JSONB(), nullable=True, comment="The row after; NULL when it was deleted"),
        sa.ForeignKeyConstraint(
            ["actorId"], ["users.id"], name=op.f("fk_audit_events_actorId_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", "createdAt", name=op.f("pk_audit_events")),
        comment="Who changed what; partitioned by month of createdAt",
        postgresql_partition_by='RANGE ("createdAt")',
    )
    op.create_index(op.f("ix_audit_events_actorId"), "audit_events", ["actorId"])
    op.create_index("ix_audit_events_entity_entityId", "audit_events", ["entity", "entityId"])
    op.create_table(
        "user_documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("userId", sa.Text(), nullable=False),
        sa.Column("fileName", sa.Text(), nullable=False),
        sa.Column("mimeType", sa.Text(), nullable=False),
        sa.Column("sizeBytes", sa.BigInteger(), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=True, comment="A small PNG picture of the first page"),
        sa.Column("sha256", sa.Text(), nullable=True, comment="Checksum of the file, 64 hexadecimal digits"),
        sa.Column("createdAt", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updatedAt", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["userId"], ["users.id"], name=op.f("fk_user_documents_userId_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_documents")),
        comment="Files of users; the files themselves lie elsewhere",
    )
    op.create_index(op.f("ix_user_documents_userId"), "user_documents", ["userId"])

"""The views of the schema, as data: Alembic's comparison does not know views, `models.drift` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class View:
    """A view or materialized view.

    Attributes:
        name: Its name in the database.
        definition: The SELECT it stands for.
        comment: Its COMMENT.
        materialized: Whether its rows are stored.
        key: Columns that tell its rows apart. A materialized view has a unique index on them, so that it can be
            refreshed without locking its readers out.
        label: Columns that name a row for people, as ``table.info["label"]`` does for tables.
        sensitive: Columns with personal data.
        column_comments: COMMENT by column.
    """

    name: str
    definition: str
    comment: str
    materialized: bool = False
    key: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    sensitive: frozenset[str] = frozenset()
    column_comments: Mapping[str, str] = field(default_factory=dict)

    @property
    def key_index(self) -> str:
        """The name of the unique index on the key of a materialized view."""
        return f"uq_{self.name}_{'_'.join(self.key)}"


STUDENT_OVERVIEW = View(
    name="student_overview",
    definition="""
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
""".strip(),
    comment="One row a student: name, grade, credits, next booking, badges earned",
    key=("studentId",),
    label=("name",),
    sensitive=frozenset({"name"}),
    column_comments={"nextBookingAt": "Start of the next booking that still stands; NULL: none"},
)

MONTHLY_REVENUE = View(
    name="monthly_revenue",
    definition="""
SELECT date_trunc('month', p."createdAt" AT TIME ZONE 'Africa/Tunis')::date AS month,
       p.currency,
       sum(p.amount) AS "completedAmount",
       count(*) AS payments
  FROM payments p
 WHERE p.status = 'COMPLETED'
 GROUP BY 1, 2
""".strip(),
    comment="Completed payments by month and currency; as of the last refresh",
    materialized=True,
    key=("month", "currency"),
    label=("month", "currency"),
    column_comments={
        "month": "First day of the month, by the calendar of Tunis",
        "completedAmount": "Sum of the completed payments, in the currency beside it",
        "payments": "Number of completed payments",
    },
)

VIEWS: tuple[View, ...] = (STUDENT_OVERVIEW, MONTHLY_REVENUE)
"""Every view, in the order in which they can be created."""

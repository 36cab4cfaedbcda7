"""Sessions between students and coaches: bookings, reports, notifications and reminders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Identified, Stamped, about, reference
from models.enums import (
    EngagementLevel,
    NotificationMethod,
    NotificationStatus,
    NotificationType,
    ReminderType,
    ServiceType,
    SessionModality,
    SessionStatus,
    SessionType,
    Subject,
)

if TYPE_CHECKING:
    from models.people import CoachProfile, Student, User


class Session(Identified, Stamped, Base):
    """A session as it was sold before bookings existed; kept for its history."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("duration > 0", name="duration"),
        about("Sessions as sold before bookings existed", label=("title", "scheduledAt")),
    )

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    coach_id: Mapped[str | None] = reference("coachId", "coach_profiles.id", "SET NULL")
    type: Mapped[ServiceType]
    subject: Mapped[Subject]
    title: Mapped[str]
    description: Mapped[str | None]
    scheduled_at: Mapped[datetime] = mapped_column("scheduledAt", index=True)
    duration: Mapped[int] = mapped_column(comment="Minutes")
    location: Mapped[str | None]
    credit_cost: Mapped[Decimal] = mapped_column("creditCost", Numeric(6, 2), comment="Credits taken from the student")
    status: Mapped[SessionStatus] = mapped_column(server_default=SessionStatus.SCHEDULED.value)
    report: Mapped[str | None] = mapped_column(comment="What the coach wrote afterwards")
    reported_at: Mapped[datetime | None] = mapped_column("reportedAt")

    student: Mapped[Student] = relationship(back_populates="sessions")
    coach: Mapped[CoachProfile | None] = relationship(back_populates="sessions")


class SessionBooking(Identified, Stamped, Base):
    """A session that a student has booked with a coach."""

    __tablename__ = "session_bookings"
    __table_args__ = (
        CheckConstraint('"endsAt" > "startsAt"', name="ends_after_start"),
        CheckConstraint("rating >= 1 AND rating <= 5", name="rating"),
        Index("ix_session_bookings_coachId_startsAt", "coachId", "startsAt"),
        Index("ix_session_bookings_studentId_startsAt", "studentId", "startsAt"),
        Index("ix_session_bookings_status_startsAt", "status", "startsAt"),
        Index(
            "uq_session_bookings_live",
            "coachId",
            "startsAt",
            unique=True,
            postgresql_where=text("status IN ('SCHEDULED', 'CONFIRMED', 'IN_PROGRESS')"),
        ),
        about("Sessions that students booked with coaches", label=("title", "startsAt")),
    )

    student_id: Mapped[str] = reference(
        "studentId", "users.id", "CASCADE", index=False, comment="The student's account"
    )
    coach_id: Mapped[str] = reference("coachId", "users.id", "CASCADE", index=False, comment="Coach's account")
    parent_id: Mapped[str | None] = reference(
        "parentId", "users.id", "SET NULL", comment="The account of the parent who booked; NULL: the student did"
    )
    subject: Mapped[Subject]
    title: Mapped[str]
    description: Mapped[str | None]
    starts_at: Mapped[datetime] = mapped_column("startsAt")
    ends_at: Mapped[datetime] = mapped_column("endsAt")
    slot: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE,
        Computed('tstzrange("startsAt", "endsAt")', persisted=True),
        comment="From startsAt to endsAt, the end left out; kept by the database",
    )
    status: Mapped[SessionStatus] = mapped_column(server_default=SessionStatus.SCHEDULED.value)
    type: Mapped[SessionType] = mapped_column(server_default=SessionType.INDIVIDUAL.value)
    modality: Mapped[SessionModality] = mapped_column(server_default=SessionModality.ONLINE.value)
    meeting_url: Mapped[str | None] = mapped_column("meetingUrl")
    location: Mapped[str | None]
    credits_used: Mapped[int] = mapped_column("creditsUsed", server_default="1")
    coach_notes: Mapped[str | None] = mapped_column("coachNotes", comment="Seen by coaches only")
    student_notes: Mapped[str | None] = mapped_column("studentNotes", comment="What the student wants to work on")
    rating: Mapped[int | None] = mapped_column(SmallInteger, comment="Stars given by the student, 1 to 5")
    feedback: Mapped[str | None] = mapped_column(comment="What the student wrote afterwards")
    student_attended: Mapped[bool | None] = mapped_column("studentAttended")
    completed_at: Mapped[datetime | None] = mapped_column("completedAt")
    cancelled_at: Mapped[datetime | None] = mapped_column("cancelledAt")
    reminder_sent: Mapped[bool] = mapped_column("reminderSent", server_default=text("false"))

    student: Mapped[User] = relationship(back_populates="bookings_as_student", foreign_keys=[student_id])
    coach: Mapped[User] = relationship(back_populates="bookings_as_coach", foreign_keys=[coach_id])
    parent: Mapped[User | None] = relationship(back_populates="bookings_as_parent", foreign_keys=[parent_id])
    session_report: Mapped[SessionReport | None] = relationship(back_populates="session", passive_deletes="all")
    notifications: Mapped[list[SessionNotification]] = relationship(back_populates="session", passive_deletes="all")
    reminders: Mapped[list[SessionReminder]] = relationship(back_populates="session", passive_deletes="all")


class SessionReport(Identified, Stamped, Base):
    """What a coach reports after a session."""

    __tablename__ = "session_reports"
    __table_args__ = (
        CheckConstraint('"performanceRating" >= 1 AND "performanceRating" <= 5', name="performance_rating"),
        about("What coaches report after a session", label=("studentId", "createdAt")),
    )

    session_id: Mapped[str] = reference("sessionId", "session_bookings.id", "CASCADE", unique=True)
    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    coach_id: Mapped[str] = reference("coachId", "coach_profiles.id", "CASCADE")
    summary: Mapped[str]
    topics_covered: Mapped[str] = mapped_column("topicsCovered")
    performance_rating: Mapped[int | None] = mapped_column(
        "performanceRating", SmallInteger, comment="1 weak, 5 strong"
    )
    progress_notes: Mapped[str | None] = mapped_column("progressNotes")
    recommendations: Mapped[str | None]
    attendance: Mapped[bool] = mapped_column(server_default=text("true"), comment="Whether the student came")
    engagement_level: Mapped[EngagementLevel | None] = mapped_column("engagementLevel")
    homework_assigned: Mapped[str | None] = mapped_column("homeworkAssigned")

    session: Mapped[SessionBooking] = relationship(back_populates="session_report")
    student: Mapped[Student] = relationship(back_populates="session_reports")
    coach: Mapped[CoachProfile] = relationship(back_populates="session_reports")


class SessionNotification(Identified, Stamped, Base):
    """A message sent to someone about a booking."""

    __tablename__ = "session_notifications"
    __table_args__ = about("Messages sent about a booking", label=("title",))

    session_id: Mapped[str] = reference("sessionId", "session_bookings.id", "CASCADE")
    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE", comment="Who is told")
    type: Mapped[NotificationType]
    title: Mapped[str]
    message: Mapped[str]
    status: Mapped[NotificationStatus] = mapped_column(server_default=NotificationStatus.PENDING.value)
    method: Mapped[NotificationMethod]
    sent_at: Mapped[datetime | None] = mapped_column("sentAt")
    read_at: Mapped[datetime | None] = mapped_column("readAt")

    session: Mapped[SessionBooking] = relationship(back_populates="notifications")
    user: Mapped[User] = relationship(back_populates="session_notifications")


class SessionReminder(Identified, Stamped, Base):
    """A reminder of a booking, due at a moment."""

    __tablename__ = "session_reminders"
    __table_args__ = (
        Index("ix_session_reminders_due", "scheduledFor", postgresql_where=text("NOT sent")),
        about("Reminders of bookings, sent by a scheduled job", label=("reminderType", "scheduledFor")),
    )

    session_id: Mapped[str] = reference("sessionId", "session_bookings.id", "CASCADE")
    reminder_type: Mapped[ReminderType] = mapped_column("reminderType")
    scheduled_for: Mapped[datetime] = mapped_column("scheduledFor")
    sent: Mapped[bool] = mapped_column(server_default=text("false"))
    sent_at: Mapped[datetime | None] = mapped_column("sentAt")

    session: Mapped[SessionBooking] = relationship(back_populates="reminders")


class StudentReport(Identified, Stamped, Base):
    """A coach's report on a student over a period."""

    __tablename__ = "student_reports"
    __table_args__ = (
        CheckConstraint('"averageGrade" >= 0 AND "averageGrade" <= 20', name="average_grade"),
        about("Reports on a student over a period", label=("title",)),
    )

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    coach_id: Mapped[str | None] = reference("coachId", "coach_profiles.id", "SET NULL")
    title: Mapped[str]
    content: Mapped[str]
    period: Mapped[str] = mapped_column(comment="The time it covers, such as 2025-2026 T1")
    sessions_count: Mapped[int] = mapped_column("sessionsCount", server_default="0")
    average_grade: Mapped[Decimal | None] = mapped_column("averageGrade", Numeric(4, 2), comment="Out of 20")
    recommendations: Mapped[str | None]

    student: Mapped[Student] = relationship(back_populates="reports")
    coach: Mapped[CoachProfile | None] = relationship(back_populates="student_reports")

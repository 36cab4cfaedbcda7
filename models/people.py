"""People: accounts and the profiles of parents, students and coaches."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Index, Numeric, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import DATERANGE, INET, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Identified, Numbered, Stamped, about, reference
from models.enums import Subject, UserRole

if TYPE_CHECKING:
    from models.assistant import AriaConversation, Message, Notification
    from models.courses import CourseEnrollment, StudentBadge
    from models.money import CreditTransaction, Entitlement, Invoice, Payment, Subscription, SubscriptionRequest
    from models.operations import AuditEvent, UserDocument
    from models.progress import Assessment, Diagnostic, ProgressionPoint, Trajectory
    from models.sessions import Session, SessionBooking, SessionNotification, SessionReport, StudentReport


class User(Identified, Stamped, Base):
    """An account: whoever can log in."""

    __tablename__ = "users"
    __table_args__ = about("Accounts: everyone who can log in", label=("firstName", "lastName"))

    email: Mapped[str] = mapped_column(unique=True, info={"sensitive": True})
    password: Mapped[str | None] = mapped_column(
        info={"sensitive": True},
        comment="Hash of the password, never the password; NULL until activation",
    )
    role: Mapped[UserRole] = mapped_column(index=True)
    first_name: Mapped[str | None] = mapped_column("firstName", info={"sensitive": True})
    last_name: Mapped[str | None] = mapped_column("lastName", info={"sensitive": True})
    phone: Mapped[str | None] = mapped_column(info={"sensitive": True})
    last_login_at: Mapped[datetime | None] = mapped_column("lastLoginAt")

    parent_profile: Mapped[ParentProfile | None] = relationship(back_populates="user", passive_deletes="all")
    student_profile: Mapped[StudentProfile | None] = relationship(back_populates="user", passive_deletes="all")
    student: Mapped[Student | None] = relationship(back_populates="user", passive_deletes="all")
    coach_profile: Mapped[CoachProfile | None] = relationship(back_populates="user", passive_deletes="all")
    availabilities: Mapped[list[CoachAvailability]] = relationship(back_populates="coach", passive_deletes="all")
    login_events: Mapped[list[LoginEvent]] = relationship(back_populates="user", passive_deletes="all")
    bookings_as_student: Mapped[list[SessionBooking]] = relationship(
        back_populates="student", foreign_keys="SessionBooking.student_id", passive_deletes="all"
    )
    bookings_as_coach: Mapped[list[SessionBooking]] = relationship(
        back_populates="coach", foreign_keys="SessionBooking.coach_id", passive_deletes="all"
    )
    bookings_as_parent: Mapped[list[SessionBooking]] = relationship(
        back_populates="parent", foreign_keys="SessionBooking.parent_id", passive_deletes="all"
    )
    session_notifications: Mapped[list[SessionNotification]] = relationship(
        back_populates="user", passive_deletes="all"
    )
    sent_messages: Mapped[list[Message]] = relationship(
        back_populates="sender", foreign_keys="Message.sender_id", passive_deletes="all"
    )
    received_messages: Mapped[list[Message]] = relationship(
        back_populates="receiver", foreign_keys="Message.receiver_id", passive_deletes="all"
    )
    notifications: Mapped[list[Notification]] = relationship(back_populates="user", passive_deletes="all")
    payments: Mapped[list[Payment]] = relationship(back_populates="user", passive_deletes="all")
    invoices: Mapped[list[Invoice]] = relationship(back_populates="user", passive_deletes="all")
    entitlements: Mapped[list[Entitlement]] = relationship(back_populates="user", passive_deletes="all")
    documents: Mapped[list[UserDocument]] = relationship(back_populates="user", passive_deletes="all")
    audit_events: Mapped[list[AuditEvent]] = relationship(back_populates="actor", passive_deletes="all")


class ParentProfile(Identified, Stamped, Base):
    """What is known of a parent beyond the account."""

    __tablename__ = "parent_profiles"
    __table_args__ = about("Parents: the families that subscribe", label=("userId",))

    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE", unique=True)
    address: Mapped[str | None] = mapped_column(info={"sensitive": True})
    city: Mapped[str | None]
    country: Mapped[str] = mapped_column(server_default="Tunisie")

    user: Mapped[User] = relationship(back_populates="parent_profile")
    students: Mapped[list[Student]] = relationship(back_populates="parent", passive_deletes="all")


class StudentProfile(Identified, Stamped, Base):
    """What a student's own account says, before and beside the enrolment by a parent."""

    __tablename__ = "student_profiles"
    __table_args__ = about("What a student's own account says of them", label=("userId",))

    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE", unique=True)
    grade: Mapped[str | None] = mapped_column(comment="School year, such as Terminale")
    school: Mapped[str | None]
    birth_date: Mapped[date | None] = mapped_column("birthDate", info={"sensitive": True})

    user: Mapped[User] = relationship(back_populates="student_profile")


class Student(Identified, Stamped, Base):
    """A student enrolled by a parent: the one who learns, has credits and a history."""

    __tablename__ = "students"
    __table_args__ = about("Students, each enrolled by a parent", label=("userId",))

    parent_id: Mapped[str] = reference("parentId", "parent_profiles.id", "CASCADE")
    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE", unique=True)
    grade: Mapped[str | None] = mapped_column(comment="School year, such as Terminale")
    school: Mapped[str | None]
    birth_date: Mapped[date | None] = mapped_column("birthDate", info={"sensitive": True})
    credits: Mapped[int] = mapped_column(server_default="0", comment="Credits left; one credit is one hour online")
    total_sessions: Mapped[int] = mapped_column("totalSessions", server_default="0", comment="Sessions ever booked")
    completed_sessions: Mapped[int] = mapped_column("completedSessions", server_default="0")

    parent: Mapped[ParentProfile] = relationship(back_populates="students")
    user: Mapped[User] = relationship(back_populates="student")
    enrollments: Mapped[list[CourseEnrollment]] = relationship(back_populates="student", passive_deletes="all")
    badges: Mapped[list[StudentBadge]] = relationship(back_populates="student", passive_deletes="all")
    sessions: Mapped[list[Session]] = relationship(back_populates="student", passive_deletes="all")
    session_reports: Mapped[list[SessionReport]] = relationship(back_populates="student", passive_deletes="all")
    reports: Mapped[list[StudentReport]] = relationship(back_populates="student", passive_deletes="all")
    diagnostics: Mapped[list[Diagnostic]] = relationship(back_populates="student", passive_deletes="all")
    assessments: Mapped[list[Assessment]] = relationship(back_populates="student", passive_deletes="all")
    progression: Mapped[list[ProgressionPoint]] = relationship(back_populates="student", passive_deletes="all")
    trajectories: Mapped[list[Trajectory]] = relationship(back_populates="student", passive_deletes="all")
    conversations: Mapped[list[AriaConversation]] = relationship(back_populates="student", passive_deletes="all")
    subscriptions: Mapped[list[Subscription]] = relationship(back_populates="student", passive_deletes="all")
    subscription_requests: Mapped[list[SubscriptionRequest]] = relationship(
        back_populates="student", passive_deletes="all"
    )
    credit_transactions: Mapped[list[CreditTransaction]] = relationship(back_populates="student", passive_deletes="all")


class CoachProfile(Identified, Stamped, Base):
    """What families see of a coach."""

    __tablename__ = "coach_profiles"
    __table_args__ = about("Coaches as families see them", label=("pseudonym",))

    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE", unique=True)
    pseudonym: Mapped[str] = mapped_column(unique=True, comment="The name shown to families instead of the real one")
    title: Mapped[str | None] = mapped_column(comment="Degree or office, such as Agrégée de mathématiques")
    tag: Mapped[str | None] = mapped_column(comment="A few words shown beside the pseudonym")
    description: Mapped[str | None]
    philosophy: Mapped[str | None] = mapped_column(comment="How the coach sees teaching, in their own words")
    expertise: Mapped[str | None]
    subjects: Mapped[list[Subject]] = mapped_column(server_default=text("'{}'::\"Subject\"[]"))
    available_online: Mapped[bool] = mapped_column("availableOnline", server_default=text("true"))
    available_in_person: Mapped[bool] = mapped_column("availableInPerson", server_default=text("false"))
    hourly_rate: Mapped[Decimal | None] = mapped_column("hourlyRate", Numeric(10, 3), comment="TND per hour")

    user: Mapped[User] = relationship(back_populates="coach_profile")
    sessions: Mapped[list[Session]] = relationship(back_populates="coach", passive_deletes="all")
    session_reports: Mapped[list[SessionReport]] = relationship(back_populates="coach", passive_deletes="all")
    student_reports: Mapped[list[StudentReport]] = relationship(back_populates="coach", passive_deletes="all")


class CoachAvailability(Identified, Stamped, Base):
    """A span of time in which a coach may be booked: every week, or on one date."""

    __tablename__ = "coach_availabilities"
    __table_args__ = (
        UniqueConstraint(
            "coachId", "dayOfWeek", "startTime", "endTime", "specificDate", name="uq_coach_availabilities_slot"
        ),
        # NULLs count as different in the constraint above: this one keeps the weekly slots apart.
        Index(
            "uq_coach_availabilities_weekly",
            "coachId",
            "dayOfWeek",
            "startTime",
            "endTime",
            unique=True,
            postgresql_where=text('"specificDate" IS NULL'),
        ),
        CheckConstraint('"dayOfWeek" >= 0 AND "dayOfWeek" <= 6', name="day_of_week"),
        CheckConstraint('"endTime" > "startTime"', name="end_after_start"),
        about("When a coach may be booked", label=("coachId", "dayOfWeek", "startTime")),
    )

    coach_id: Mapped[str] = reference("coachId", "users.id", "CASCADE", index=False)
    day_of_week: Mapped[int] = mapped_column("dayOfWeek", SmallInteger, comment="0 is Sunday, 6 is Saturday")
    start_time: Mapped[time] = mapped_column("startTime", comment="Local time in Tunis")
    end_time: Mapped[time] = mapped_column("endTime", comment="Local time in Tunis, after startTime")
    specific_date: Mapped[date | None] = mapped_column("specificDate", comment="The one day it holds for; NULL: weekly")
    is_available: Mapped[bool] = mapped_column(
        "isAvailable", server_default=text("true"), comment="False: the coach is away in this span"
    )
    is_recurring: Mapped[bool] = mapped_column("isRecurring", server_default=text("true"), comment="True: every week")
    validity: Mapped[Range[date] | None] = mapped_column(DATERANGE, comment="The dates on which it holds; NULL: always")

    coach: Mapped[User] = relationship(back_populates="availabilities")


class LoginEvent(Numbered, Created, Base):
    """One attempt to log in."""

    __tablename__ = "login_events"
    __table_args__ = about("Attempts to log in, successful or not", label=("userId", "createdAt"))

    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE")
    ip_address: Mapped[str | None] = mapped_column("ipAddress", INET, info={"sensitive": True})
    user_agent: Mapped[str | None] = mapped_column("userAgent", Text, comment="The browser, as it names itself")
    succeeded: Mapped[bool]

    user: Mapped[User] = relationship(back_populates="login_events")

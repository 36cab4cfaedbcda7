"""What is taught and earned: courses, enrolments, teaching material, badges."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Identified, Stamped, about, reference
from models.enums import Subject

if TYPE_CHECKING:
    from models.people import Student


class Course(Identified, Stamped, Base):
    """A course in the catalogue."""

    __tablename__ = "courses"
    __table_args__ = about("The catalogue of courses", label=("title",))

    title: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True, comment="The course's name in web addresses")
    subject: Mapped[Subject] = mapped_column(index=True)
    level: Mapped[str] = mapped_column(comment="School year it is meant for, such as Terminale")
    description: Mapped[str | None]
    duration: Mapped[timedelta | None] = mapped_column(comment="Teaching time in all")
    price: Mapped[Decimal] = mapped_column(Numeric(10, 3), comment="TND")
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'::text[]"))
    published: Mapped[bool] = mapped_column(server_default=text("false"), comment="Whether families see it")

    enrollments: Mapped[list[CourseEnrollment]] = relationship(back_populates="course", passive_deletes="all")


class CourseEnrollment(Stamped, Base):
    """A student in a course."""

    __tablename__ = "course_enrollments"
    __table_args__ = (
        CheckConstraint("progress >= 0 AND progress <= 100", name="progress"),
        about("Which student follows which course", label=("courseId", "studentId")),
    )

    course_id: Mapped[str] = reference("courseId", "courses.id", "CASCADE", primary_key=True)
    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE", primary_key=True, index=True)
    enrolled_at: Mapped[datetime] = mapped_column("enrolledAt", server_default=func.now())
    completed_at: Mapped[datetime | None] = mapped_column("completedAt")
    progress: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="0", comment="Percent, 0 to 100")

    course: Mapped[Course] = relationship(back_populates="enrollments")
    student: Mapped[Student] = relationship(back_populates="enrollments")


class PedagogicalContent(Identified, Stamped, Base):
    """A piece of teaching material; what ARIA searches before it answers."""

    __tablename__ = "pedagogical_contents"
    __table_args__ = (
        Index("ix_pedagogical_contents_searchVector", "searchVector", postgresql_using="gin"),
        about("Teaching material that the assistant ARIA searches", label=("title",)),
    )

    title: Mapped[str]
    content: Mapped[str]
    subject: Mapped[Subject] = mapped_column(index=True)
    grade: Mapped[str | None] = mapped_column(comment="School year, such as Terminale")
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'::text[]"))
    search_vector: Mapped[str] = mapped_column(
        "searchVector",
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('french'::regconfig, title), 'A'::\"char\")"
            " || setweight(to_tsvector('french'::regconfig, content), 'B'::\"char\")",
            persisted=True,
        ),
        comment="French words of the title (weight A) and of the content (weight B)",
    )


class Badge(Identified, Created, Base):
    """A distinction that students can earn."""

    __tablename__ = "badges"
    __table_args__ = about("Distinctions that students can earn", label=("name",))

    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str]
    category: Mapped[str] = mapped_column(comment="ASSIDUITE, PROGRESSION or CURIOSITE")
    icon: Mapped[str | None] = mapped_column(comment="Name of the picture shown")
    condition: Mapped[str | None] = mapped_column(comment="What has to be reached, as the awarding job reads it")

    students: Mapped[list[StudentBadge]] = relationship(back_populates="badge", passive_deletes="all")


class StudentBadge(Stamped, Base):
    """A badge that a student has earned."""

    __tablename__ = "student_badges"
    __table_args__ = about("Which student earned which badge", label=("studentId", "badgeId"))

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE", primary_key=True)
    badge_id: Mapped[str] = reference("badgeId", "badges.id", "RESTRICT", primary_key=True, index=True)
    earned_at: Mapped[datetime] = mapped_column("earnedAt", server_default=func.now())

    student: Mapped[Student] = relationship(back_populates="badges")
    badge: Mapped[Badge] = relationship(back_populates="students")

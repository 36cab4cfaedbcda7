"""How a student stands and moves: diagnostics, assessments, scores, progression, trajectories."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Double, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Identified, Numbered, Stamped, about, reference
from models.enums import AssessmentStatus, Subject, TrajectoryStatus

if TYPE_CHECKING:
    from models.people import Student


class Diagnostic(Identified, Stamped, Base):
    """A first look at where a student stands in a subject."""

    __tablename__ = "diagnostics"
    __table_args__ = about("First looks at a student's level in a subject", label=("subject", "takenAt"))

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    subject: Mapped[Subject]
    answers: Mapped[dict[str, Any]] = mapped_column(comment="Answer by number of the question")
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2), comment="Percent")
    analysis: Mapped[dict[str, Any] | None] = mapped_column(comment="Strengths and weaknesses found")
    taken_at: Mapped[datetime] = mapped_column("takenAt", server_default=func.now())

    student: Mapped[Student] = relationship(back_populates="diagnostics")


class Assessment(Identified, Stamped, Base):
    """A full assessment of a student, scored by domain and by skill."""

    __tablename__ = "assessments"
    __table_args__ = about("Assessments, scored by domain and by skill", label=("subject", "createdAt"))

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    subject: Mapped[Subject]
    grade: Mapped[str] = mapped_column(comment="School year, such as Terminale")
    answers: Mapped[dict[str, Any]] = mapped_column(comment="Answer by number of the question")
    global_score: Mapped[Decimal | None] = mapped_column("globalScore", Numeric(5, 2), comment="Percent, once scored")
    confidence: Mapped[Decimal | None] = mapped_column(Numeric(5, 2), comment="How sure the score is, percent")
    status: Mapped[AssessmentStatus] = mapped_column(server_default=AssessmentStatus.PENDING.value)

    student: Mapped[Student] = relationship(back_populates="assessments")
    domain_scores: Mapped[list[DomainScore]] = relationship(back_populates="assessment", passive_deletes="all")
    skill_scores: Mapped[list[SkillScore]] = relationship(back_populates="assessment", passive_deletes="all")


class DomainScore(Identified, Stamped, Base):
    """The score of an assessment in one domain."""

    __tablename__ = "domain_scores"
    __table_args__ = (
        UniqueConstraint("assessmentId", "domain"),
        about("Scores of an assessment by domain", label=("domain", "score")),
    )

    assessment_id: Mapped[str] = reference("assessmentId", "assessments.id", "CASCADE", index=False)
    domain: Mapped[str] = mapped_column(comment="Part of the subject, such as Analyse")
    score: Mapped[Decimal] = mapped_column(Numeric(5, 2), comment="Percent")

    assessment: Mapped[Assessment] = relationship(back_populates="domain_scores")


class SkillScore(Identified, Stamped, Base):
    """The score of an assessment in one skill."""

    __tablename__ = "skill_scores"
    __table_args__ = (
        CheckConstraint('"maxScore" > 0', name="max_score"),
        about("Scores of an assessment by skill", label=("skill", "score")),
    )

    assessment_id: Mapped[str] = reference("assessmentId", "assessments.id", "CASCADE")
    skill: Mapped[str] = mapped_column(comment="What the student can do, such as Modéliser")
    score: Mapped[Decimal] = mapped_column(Numeric(5, 2), comment="Points, out of maxScore")
    max_score: Mapped[Decimal] = mapped_column("maxScore", Numeric(5, 2), comment="Points that could be had")

    assessment: Mapped[Assessment] = relationship(back_populates="skill_scores")


class ProgressionPoint(Numbered, Stamped, Base):
    """One measure of a student at a moment; the points of a curve."""

    __tablename__ = "progression_history"
    __table_args__ = (
        Index("ix_progression_history_studentId_metric_recordedAt", "studentId", "metric", "recordedAt"),
        about("Measures of students over time: the points of their curves", label=("metric", "recordedAt")),
    )

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE", index=False)
    metric: Mapped[str] = mapped_column(comment="What is measured, such as moyenne or assiduite")
    value: Mapped[float] = mapped_column(Double)
    recorded_at: Mapped[datetime] = mapped_column("recordedAt", server_default=func.now())

    student: Mapped[Student] = relationship(back_populates="progression")


class Trajectory(Identified, Stamped, Base):
    """The way a student has set out on: a target, a time, milestones."""

    __tablename__ = "trajectories"
    __table_args__ = about("Targets of students and the way there", label=("title",))

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    title: Mapped[str]
    target_score: Mapped[Decimal | None] = mapped_column("targetScore", Numeric(5, 2), comment="Percent")
    horizon: Mapped[Range[date] | None] = mapped_column(DATERANGE, comment="From the start to the day of the target")
    status: Mapped[TrajectoryStatus] = mapped_column(server_default=TrajectoryStatus.ACTIVE.value)
    milestones: Mapped[list[Any]] = mapped_column(
        server_default=text("'[]'::jsonb"), comment="Steps on the way: a list of title, due and done"
    )

    student: Mapped[Student] = relationship(back_populates="trajectories")

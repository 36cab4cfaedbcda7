"""Running the platform: documents of users, runs of scheduled jobs, the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Identified, Stamped, about, reference
from models.enums import CronExecutionStatus

if TYPE_CHECKING:
    from models.people import User


class UserDocument(Identified, Stamped, Base):
    """A file that a person has put on the platform; the file itself lies elsewhere."""

    __tablename__ = "user_documents"
    __table_args__ = about("Files of users; the files themselves lie elsewhere", label=("fileName",))

    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE")
    file_name: Mapped[str] = mapped_column("fileName")
    mime_type: Mapped[str] = mapped_column("mimeType")
    size_bytes: Mapped[int] = mapped_column("sizeBytes", BigInteger)
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary, comment="A small PNG picture of the first page")
    sha256: Mapped[str | None] = mapped_column(comment="Checksum of the file, 64 hexadecimal digits")

    user: Mapped[User] = relationship(back_populates="documents")


class CronExecution(Identified, Stamped, Base):
    """One run of a scheduled job."""

    __tablename__ = "cron_executions"
    __table_args__ = (
        UniqueConstraint("jobName", "executionKey"),
        about("Runs of scheduled jobs", label=("jobName", "executionKey")),
    )

    job_name: Mapped[str] = mapped_column("jobName")
    execution_key: Mapped[str] = mapped_column("executionKey", comment="What the run was for; a job runs once for it")
    status: Mapped[CronExecutionStatus] = mapped_column(server_default=CronExecutionStatus.RUNNING.value)
    started_at: Mapped[datetime] = mapped_column("startedAt", server_default=func.now())
    completed_at: Mapped[datetime | None] = mapped_column("completedAt")
    error: Mapped[str | None]
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", comment="Counts that the job reports")


class AuditEvent(Base):
    """Who changed what: written once, never changed; one partition a month."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_entity_entityId", "entity", "entityId"),
        {
            **about("Who changed what; partitioned by month of createdAt", label=("action", "entity", "entityId")),
            "postgresql_partition_by": 'RANGE ("createdAt")',
        },
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column("createdAt", primary_key=True, server_default=func.now())
    actor_id: Mapped[str | None] = reference("actorId", "users.id", "SET NULL", comment="NULL: the platform itself")
    action: Mapped[str] = mapped_column(comment="CREATE, UPDATE or DELETE")
    entity: Mapped[str] = mapped_column(comment="The table of the row that changed")
    entity_id: Mapped[str | None] = mapped_column("entityId", comment="The key of the row that changed")
    before: Mapped[dict[str, Any] | None] = mapped_column(comment="The row before; NULL when it was created")
    after: Mapped[dict[str, Any] | None] = mapped_column(comment="The row after; NULL when it was deleted")

    actor: Mapped[User | None] = relationship(back_populates="audit_events")

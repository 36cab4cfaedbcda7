"""The assistant ARIA, messages between people, and notifications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Identified, Stamped, about, reference
from models.enums import NotificationType, Subject, UserRole

if TYPE_CHECKING:
    from models.people import Student, User


class AriaConversation(Identified, Stamped, Base):
    """A conversation of a student with the assistant ARIA."""

    __tablename__ = "aria_conversations"
    __table_args__ = about("Conversations of students with the assistant ARIA", label=("title",))

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    subject: Mapped[Subject]
    title: Mapped[str | None]

    student: Mapped[Student] = relationship(back_populates="conversations")
    messages: Mapped[list[AriaMessage]] = relationship(back_populates="conversation", passive_deletes="all")


class AriaMessage(Identified, Created, Base):
    """One turn of a conversation with ARIA."""

    __tablename__ = "aria_messages"
    __table_args__ = (
        Index("ix_aria_messages_conversationId_createdAt", "conversationId", "createdAt"),
        CheckConstraint("role IN ('user', 'assistant', 'system')", name="role"),
        about("Turns of the conversations with ARIA", label=("role", "createdAt")),
    )

    conversation_id: Mapped[str] = reference("conversationId", "aria_conversations.id", "CASCADE", index=False)
    role: Mapped[str] = mapped_column(comment="Who speaks: user, assistant or system")
    content: Mapped[str]
    feedback: Mapped[bool | None] = mapped_column(comment="Thumb of the student: true up, false down")

    conversation: Mapped[AriaConversation] = relationship(back_populates="messages")


class Message(Identified, Created, Base):
    """A message from one person to another."""

    __tablename__ = "messages"
    __table_args__ = about("Messages between people", label=("senderId", "createdAt"))

    sender_id: Mapped[str | None] = reference("senderId", "users.id", "SET NULL")
    receiver_id: Mapped[str | None] = reference("receiverId", "users.id", "SET NULL")
    reply_to_id: Mapped[str | None] = reference("replyToId", "messages.id", "SET NULL", comment="What it answers")
    content: Mapped[str] = mapped_column(info={"sensitive": True})
    file_url: Mapped[str | None] = mapped_column("fileUrl", comment="Where the attached file lies")
    file_name: Mapped[str | None] = mapped_column("fileName")
    read_at: Mapped[datetime | None] = mapped_column("readAt")

    sender: Mapped[User | None] = relationship(back_populates="sent_messages", foreign_keys=[sender_id])
    receiver: Mapped[User | None] = relationship(back_populates="received_messages", foreign_keys=[receiver_id])
    reply_to: Mapped[Message | None] = relationship(back_populates="replies", remote_side="Message.id")
    replies: Mapped[list[Message]] = relationship(back_populates="reply_to", passive_deletes="all")


class Notification(Identified, Stamped, Base):
    """A notice in a person's inbox on the platform."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_userId_createdAt", "userId", "createdAt"),
        about("Notices in people's inboxes on the platform", label=("title",)),
    )

    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE", index=False)
    user_role: Mapped[UserRole] = mapped_column("userRole", comment="The role in which the person is told")
    type: Mapped[NotificationType]
    title: Mapped[str]
    message: Mapped[str]
    data: Mapped[dict[str, Any] | None] = mapped_column(comment="What the notice is about, for the link it opens")
    read: Mapped[bool] = mapped_column(server_default=text("false"))

    user: Mapped[User] = relationship(back_populates="notifications")

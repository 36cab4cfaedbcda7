"""Money: subscriptions, credits, payments, invoices and the rights they buy."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CHAR, CheckConstraint, Computed, Index, Numeric, UniqueConstraint, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Identified, Stamped, about, reference
from models.enums import (
    CreditTransactionType,
    EntitlementStatus,
    InvoiceStatus,
    PaymentStatus,
    PaymentType,
    Subject,
    SubscriptionStatus,
)

if TYPE_CHECKING:
    from models.people import Student, User


class Subscription(Identified, Stamped, Base):
    """A student's monthly plan."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("ix_subscriptions_studentId_status", "studentId", "status"),
        about("Monthly plans of students", label=("planName", "studentId")),
    )

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE", index=False)
    plan_name: Mapped[str] = mapped_column("planName")
    monthly_price: Mapped[Decimal] = mapped_column("monthlyPrice", Numeric(10, 3), comment="TND per month")
    credits_per_month: Mapped[int] = mapped_column("creditsPerMonth", server_default="0")
    status: Mapped[SubscriptionStatus] = mapped_column(server_default=SubscriptionStatus.INACTIVE.value)
    start_date: Mapped[date] = mapped_column("startDate")
    end_date: Mapped[date | None] = mapped_column("endDate", comment="Last day; NULL: until cancelled")
    aria_subjects: Mapped[list[Subject]] = mapped_column(
        "ariaSubjects", server_default=text("'{}'::\"Subject\"[]"), comment="Subjects in which ARIA may be asked"
    )
    aria_cost: Mapped[Decimal] = mapped_column(
        "ariaCost", Numeric(10, 3), server_default="0", comment="TND per month for ARIA, on top of the plan"
    )

    student: Mapped[Student] = relationship(back_populates="subscriptions")


class SubscriptionRequest(Identified, Stamped, Base):
    """A family's wish to change a subscription, waiting for the assistant's word."""

    __tablename__ = "subscription_requests"
    __table_args__ = about("Wishes to change a subscription", label=("requestType", "studentId"))

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    request_type: Mapped[str] = mapped_column("requestType", comment="PLAN_CHANGE, ARIA_ADDON or CANCELLATION")
    plan_name: Mapped[str | None] = mapped_column("planName", comment="The plan wished for")
    monthly_price: Mapped[Decimal] = mapped_column("monthlyPrice", Numeric(10, 3), comment="TND per month")
    reason: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="PENDING", comment="PENDING, APPROVED or REJECTED")
    requested_by: Mapped[str | None] = mapped_column("requestedBy", comment="Id of the account that asked; not a key")
    processed_by: Mapped[str | None] = mapped_column("processedBy", comment="Id of the account that decided; not a key")
    processed_at: Mapped[datetime | None] = mapped_column("processedAt")
    rejection_reason: Mapped[str | None] = mapped_column("rejectionReason")

    student: Mapped[Student] = relationship(back_populates="subscription_requests")


class CreditTransaction(Identified, Stamped, Base):
    """A change of a student's credits."""

    __tablename__ = "credit_transactions"
    __table_args__ = (
        Index("uq_credit_transactions_usage", "sessionId", unique=True, postgresql_where=text("type = 'USAGE'")),
        Index("uq_credit_transactions_refund", "sessionId", unique=True, postgresql_where=text("type = 'REFUND'")),
        about("Changes of students' credits", label=("type", "amount")),
    )

    student_id: Mapped[str] = reference("studentId", "students.id", "CASCADE")
    type: Mapped[CreditTransactionType]
    amount: Mapped[Decimal] = mapped_column(Numeric(8, 2), comment="Credits; negative when they are used")
    description: Mapped[str]
    session_id: Mapped[str | None] = mapped_column(
        "sessionId", comment="Id of the session or booking it is for; outlives it, hence not a key"
    )
    expires_at: Mapped[datetime | None] = mapped_column("expiresAt", comment="When unused credits are lost")

    student: Mapped[Student] = relationship(back_populates="credit_transactions")


class Payment(Identified, Stamped, Base):
    """Money that a person paid or is to pay."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        UniqueConstraint("externalId", "method"),
        Index("ix_payments_status_createdAt", "status", "createdAt"),
        about("Payments of families", label=("description",)),
    )

    user_id: Mapped[str] = reference("userId", "users.id", "RESTRICT")
    type: Mapped[PaymentType]
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 3), comment="In the currency beside it")
    currency: Mapped[str] = mapped_column(CHAR(3), server_default="TND", comment="ISO 4217")
    description: Mapped[str]
    status: Mapped[PaymentStatus] = mapped_column(server_default=PaymentStatus.PENDING.value)
    method: Mapped[str | None] = mapped_column(comment="konnect, clictopay, virement or especes")
    external_id: Mapped[str | None] = mapped_column("externalId", comment="The payment's number at the provider")
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", comment="What the provider told")

    user: Mapped[User] = relationship(back_populates="payments")


class Invoice(Identified, Stamped, Base):
    """An invoice to a family."""

    __tablename__ = "invoices"
    __table_args__ = about("Invoices to families", label=("number",))

    user_id: Mapped[str] = reference("userId", "users.id", "RESTRICT")
    number: Mapped[str] = mapped_column(unique=True, comment="Year and running number; see invoice_sequences")
    status: Mapped[InvoiceStatus] = mapped_column(server_default=InvoiceStatus.DRAFT.value)
    issued_at: Mapped[datetime | None] = mapped_column("issuedAt")
    due_date: Mapped[date | None] = mapped_column("dueDate")
    total: Mapped[Decimal] = mapped_column(Numeric(12, 3), server_default="0", comment="TND, the sum of the items")
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", comment="What the printed invoice also shows")

    user: Mapped[User] = relationship(back_populates="invoices")
    items: Mapped[list[InvoiceItem]] = relationship(back_populates="invoice", passive_deletes="all")


class InvoiceItem(Identified, Stamped, Base):
    """A line of an invoice."""

    __tablename__ = "invoice_items"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        about("Lines of invoices", label=("label",)),
    )

    invoice_id: Mapped[str] = reference("invoiceId", "invoices.id", "CASCADE")
    label: Mapped[str]
    quantity: Mapped[int] = mapped_column(server_default="1")
    unit_price: Mapped[Decimal] = mapped_column("unitPrice", Numeric(12, 3), comment="TND")
    amount: Mapped[Decimal] = mapped_column(
        Numeric(12, 3),
        Computed('quantity::numeric * "unitPrice"', persisted=True),
        comment="TND, quantity times unitPrice; kept by the database",
    )

    invoice: Mapped[Invoice] = relationship(back_populates="items")


class InvoiceSequence(Stamped, Base):
    """The last invoice number given in a year."""

    __tablename__ = "invoice_sequences"
    __table_args__ = about("The last invoice number given in each year", label=("year",))

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int] = mapped_column("lastNumber", server_default="0")


class Entitlement(Identified, Stamped, Base):
    """A person's right to use a product."""

    __tablename__ = "entitlements"
    __table_args__ = about("Rights to use a product", label=("productCode", "userId"))

    user_id: Mapped[str] = reference("userId", "users.id", "CASCADE")
    product_code: Mapped[str] = mapped_column("productCode", comment="The product, such as ARIA_MATHS")
    status: Mapped[EntitlementStatus] = mapped_column(server_default=EntitlementStatus.ACTIVE.value)
    starts_at: Mapped[datetime] = mapped_column("startsAt", server_default=func.now())
    ends_at: Mapped[datetime | None] = mapped_column("endsAt", comment="NULL: without end")
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", comment="Where the right comes from")

    user: Mapped[User] = relationship(back_populates="entitlements")


class StageReservation(Identified, Stamped, Base):
    """A place in a holiday academy, reserved by someone who may have no account."""

    __tablename__ = "stage_reservations"
    __table_args__ = about(
        "Places in holiday academies, reserved without an account", label=("parentName", "academyTitle")
    )

    parent_name: Mapped[str] = mapped_column("parentName", info={"sensitive": True})
    email: Mapped[str] = mapped_column(index=True, info={"sensitive": True})
    phone: Mapped[str] = mapped_column(info={"sensitive": True})
    student_name: Mapped[str | None] = mapped_column("studentName", info={"sensitive": True})
    student_level: Mapped[str | None] = mapped_column("studentLevel", comment="School year, such as Terminale")
    academy_title: Mapped[str] = mapped_column("academyTitle")
    price: Mapped[Decimal] = mapped_column(Numeric(10, 3), comment="TND")
    status: Mapped[str] = mapped_column(server_default="PENDING", comment="PENDING, CONFIRMED or CANCELLED")
    notes: Mapped[str | None]
    token: Mapped[uuid.UUID] = mapped_column(
        Uuid, unique=True, server_default=func.gen_random_uuid(), comment="Opens the reservation from the e-mailed link"
    )

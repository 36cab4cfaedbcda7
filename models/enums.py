"""The enum types of the platform: one Python enum per PostgreSQL type of the same name; nothing else lives here."""

from __future__ import annotations

import enum


class UserRole(enum.StrEnum):
    """What a person is on the platform."""

    ADMIN = "ADMIN"
    ASSISTANTE = "ASSISTANTE"
    COACH = "COACH"
    PARENT = "PARENT"
    ELEVE = "ELEVE"


class Subject(enum.StrEnum):
    """A school subject that is taught."""

    MATHEMATIQUES = "MATHEMATIQUES"
    NSI = "NSI"
    FRANCAIS = "FRANCAIS"
    PHILOSOPHIE = "PHILOSOPHIE"
    HISTOIRE_GEO = "HISTOIRE_GEO"
    ANGLAIS = "ANGLAIS"
    ESPAGNOL = "ESPAGNOL"
    PHYSIQUE_CHIMIE = "PHYSIQUE_CHIMIE"
    SVT = "SVT"
    SES = "SES"


class SubscriptionStatus(enum.StrEnum):
    """Where a family's subscription stands."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class ServiceType(enum.StrEnum):
    """The kind of service a session was sold as."""

    COURS_ONLINE = "COURS_ONLINE"
    COURS_PRESENTIEL = "COURS_PRESENTIEL"
    ATELIER_GROUPE = "ATELIER_GROUPE"


class SessionStatus(enum.StrEnum):
    """Where a session or a booking stands."""

    SCHEDULED = "SCHEDULED"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"
    RESCHEDULED = "RESCHEDULED"


class SessionType(enum.StrEnum):
    """How many people a booking is for."""

    INDIVIDUAL = "INDIVIDUAL"
    GROUP = "GROUP"
    MASTERCLASS = "MASTERCLASS"


class SessionModality(enum.StrEnum):
    """Where a booking takes place."""

    ONLINE = "ONLINE"
    IN_PERSON = "IN_PERSON"
    HYBRID = "HYBRID"


class PaymentType(enum.StrEnum):
    """What a payment was for."""

    SUBSCRIPTION = "SUBSCRIPTION"
    CREDIT_PACK = "CREDIT_PACK"
    SPECIAL_PACK = "SPECIAL_PACK"


class PaymentStatus(enum.StrEnum):
    """Where a payment stands."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"


class NotificationType(enum.StrEnum):
    """What a notification tells."""

    SESSION_BOOKED = "SESSION_BOOKED"
    SESSION_CONFIRMED = "SESSION_CONFIRMED"
    SESSION_REMINDER = "SESSION_REMINDER"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    SESSION_RESCHEDULED = "SESSION_RESCHEDULED"
    SESSION_COMPLETED = "SESSION_COMPLETED"
    COACH_ASSIGNED = "COACH_ASSIGNED"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"


class NotificationStatus(enum.StrEnum):
    """How far a notification has come."""

    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


class NotificationMethod(enum.StrEnum):
    """The way a notification is sent."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    IN_APP = "IN_APP"
    PUSH = "PUSH"


class ReminderType(enum.StrEnum):
    """How long before the session a reminder is due."""

    ONE_DAY_BEFORE = "ONE_DAY_BEFORE"
    TWO_HOURS_BEFORE = "TWO_HOURS_BEFORE"
    THIRTY_MINUTES_BEFORE = "THIRTY_MINUTES_BEFORE"
    SESSION_STARTING = "SESSION_STARTING"


class EngagementLevel(enum.StrEnum):
    """How engaged the coach found the student."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class CronExecutionStatus(enum.StrEnum):
    """Where a run of a scheduled job stands."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class InvoiceStatus(enum.StrEnum):
    """Where an invoice stands."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


class AssessmentStatus(enum.StrEnum):
    """Where the scoring of an assessment stands."""

    PENDING = "PENDING"
    SCORING = "SCORING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class TrajectoryStatus(enum.StrEnum):
    """Where a student's trajectory stands."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    ABANDONED = "ABANDONED"


class EntitlementStatus(enum.StrEnum):
    """Where the right to a product stands."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class CreditTransactionType(enum.StrEnum):
    """Why a student's credits changed."""

    MONTHLY_ALLOCATION = "MONTHLY_ALLOCATION"
    PURCHASE = "PURCHASE"
    USAGE = "USAGE"
    REFUND = "REFUND"
    EXPIRATION = "EXPIRATION"


ENUMS: tuple[type[enum.StrEnum], ...] = (
    UserRole,
    Subject,
    SubscriptionStatus,
    ServiceType,
    SessionStatus,
    SessionType,
    SessionModality,
    PaymentType,
    PaymentStatus,
    NotificationType,
    NotificationStatus,
    NotificationMethod,
    ReminderType,
    EngagementLevel,
    CronExecutionStatus,
    InvoiceStatus,
    AssessmentStatus,
    TrajectoryStatus,
    EntitlementStatus,
    CreditTransactionType,
)
"""Every enum of the schema, in the order in which the types are created; the Python name is the type's name."""

"""Which columns the demo fills, table by table, in the order of the rows; what is left out, the database fills."""

from __future__ import annotations

from typing import TypeAlias

from models.base import metadata
from models.seeds.writer import Row

Rows: TypeAlias = dict[str, list[Row]]
"""Rows by table, each in the order of that table's columns below."""

_PLAIN = {
    "users": "id email password role firstName lastName phone lastLoginAt",
    "parent_profiles": "id userId address city country",
    "student_profiles": "id userId grade school birthDate",
    "students": "id parentId userId grade school birthDate credits totalSessions completedSessions",
    "coach_profiles": "id userId pseudonym title tag description philosophy expertise subjects availableOnline"
    " availableInPerson hourlyRate",
    "coach_availabilities": "id coachId dayOfWeek startTime endTime specificDate isAvailable isRecurring validity",
    "login_events": "id userId ipAddress userAgent succeeded",
    "courses": "id title slug subject level description duration price tags published",
    "course_enrollments": "courseId studentId enrolledAt completedAt progress",
    "sessions": "id studentId coachId type subject title description scheduledAt duration location creditCost status"
    " report reportedAt",
    "session_bookings": "id studentId coachId parentId subject title startsAt endsAt status type modality meetingUrl"
    " location creditsUsed studentNotes rating feedback studentAttended completedAt cancelledAt reminderSent",
    "session_reports": "id sessionId studentId coachId summary topicsCovered performanceRating recommendations"
    " attendance engagementLevel",
    "session_notifications": "id sessionId userId type title message status method sentAt readAt",
    "session_reminders": "id sessionId reminderType scheduledFor sent sentAt",
    "student_reports": "id studentId coachId title content period sessionsCount averageGrade recommendations",
    "badges": "id name description category icon condition",
    "student_badges": "studentId badgeId earnedAt",
    "pedagogical_contents": "id title content subject grade tags",
    "diagnostics": "id studentId subject answers score analysis takenAt",
    "assessments": "id studentId subject grade answers globalScore confidence status",
    "domain_scores": "id assessmentId domain score",
    "skill_scores": "id assessmentId skill score maxScore",
    "progression_history": "id studentId metric value recordedAt",
    "trajectories": "id studentId title targetScore horizon status milestones",
    "aria_conversations": "id studentId subject title",
    "aria_messages": "id conversationId role content feedback",
    "messages": "id senderId receiverId replyToId content fileUrl fileName readAt",
    "notifications": "id userId userRole type title message data read",
    "subscriptions": "id studentId planName monthlyPrice creditsPerMonth status startDate endDate ariaSubjects"
    " ariaCost",
    "subscription_requests": "id studentId requestType planName monthlyPrice reason status requestedBy processedBy"
    " processedAt rejectionReason",
    "credit_transactions": "id studentId type amount description sessionId expiresAt",
    "payments": "id userId type amount currency description status method externalId metadata",
    "invoices": "id userId number status issuedAt dueDate total metadata",
    "invoice_items": "id invoiceId label quantity unitPrice",
    "invoice_sequences": "year lastNumber",
    "entitlements": "id userId productCode status startsAt endsAt metadata",
    "stage_reservations": "id parentName email phone studentName studentLevel academyTitle price status notes token",
    "user_documents": "id userId fileName mimeType sizeBytes thumbnail sha256",
    "cron_executions": "id jobName executionKey status startedAt completedAt error metadata",
    "audit_events": "id actorId action entity entityId before after",
}

COLUMNS: dict[str, tuple[str, ...]] = {
    table.name: (*_PLAIN[table.name].split(), *(c for c in ("createdAt", "updatedAt") if c in table.c))
    for table in metadata.sorted_tables
}
"""Columns by table; a table stands behind those it points to. Birth and last change come last."""


def no_rows() -> Rows:
    """Return an empty list for every table."""
    return {table: [] for table in COLUMNS}

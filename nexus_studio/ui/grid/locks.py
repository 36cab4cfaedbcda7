"""Why a cell or a row can't be changed: codes, and the sentences for them."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.schema.catalog import Column, Editing, Generated, Relation
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP


class Lock(Enum):
    """A reason why there is nothing to edit."""

    OPEN = "open"
    READ_ONLY = "read_only"  # the connection is
    LOCKED = "locked"  # production is, for now
    VIEW = "view"
    MATERIALIZED = "materialized_view"
    FOREIGN = "foreign_table"
    NO_COLUMNS = "no_columns"
    PRIVILEGE = "privilege"
    NO_KEY = "no_key"
    GENERATED = "generated"
    IDENTITY = "identity"
    COLUMN_PRIVILEGE = "column_privilege"
    NO_INSERT = "no_insert"
    NO_DELETE = "no_delete"
    DELETED = "deleted"
    MASKED = "masked"
    POLICY = "policy"
    POLICY_DELETE = "policy_delete"


_MOST_NAMED = 6
"""Columns that a sentence names."""

_WORDS = {
    Lock.READ_ONLY: QT_TRANSLATE_NOOP("locks", "This connection is read-only."),
    Lock.LOCKED: QT_TRANSLATE_NOOP("locks", "Production is locked. Unlock it at the top of the window to change it."),
    Lock.VIEW: QT_TRANSLATE_NOOP("locks", "The rows of a view have no key: change them in the tables that it reads."),
    Lock.MATERIALIZED: QT_TRANSLATE_NOOP("locks", "A materialized view only changes when it is refreshed."),
    Lock.FOREIGN: QT_TRANSLATE_NOOP("locks", "This foreign table can't be written."),
    Lock.NO_COLUMNS: QT_TRANSLATE_NOOP("locks", "This table has no columns."),
    Lock.PRIVILEGE: QT_TRANSLATE_NOOP("locks", "Your role may not change rows of this table."),
    Lock.NO_KEY: QT_TRANSLATE_NOOP("locks", "Rows of this table can't be told apart: it has no key."),
    Lock.GENERATED: QT_TRANSLATE_NOOP("locks", "PostgreSQL computes this column itself."),
    Lock.IDENTITY: QT_TRANSLATE_NOOP("locks", "PostgreSQL always numbers this column itself."),
    Lock.COLUMN_PRIVILEGE: QT_TRANSLATE_NOOP("locks", "Your role may not change this column."),
    Lock.NO_INSERT: QT_TRANSLATE_NOOP("locks", "Your role may not add rows to this table."),
    Lock.NO_DELETE: QT_TRANSLATE_NOOP("locks", "Your role may not delete rows of this table."),
    Lock.MASKED: QT_TRANSLATE_NOOP("locks", "This column is masked in this connection."),
    Lock.POLICY: QT_TRANSLATE_NOOP("locks", "Row security does not let your role change this row."),
    Lock.POLICY_DELETE: QT_TRANSLATE_NOOP("locks", "Row security does not let your role delete this row."),
    Lock.DELETED: QT_TRANSLATE_NOOP("locks", "This row is going to be deleted. Undo that first."),
}
_EDITING = {
    Editing.READ_ONLY_VIEW: Lock.VIEW,
    Editing.READ_ONLY_MATERIALIZED: Lock.MATERIALIZED,
    Editing.READ_ONLY_FOREIGN: Lock.FOREIGN,
    Editing.READ_ONLY_NO_COLUMNS: Lock.NO_COLUMNS,
    Editing.READ_ONLY_PRIVILEGE: Lock.PRIVILEGE,
    Editing.READ_ONLY_NO_KEY: Lock.NO_KEY,
}


def lock_sentence(lock: Lock) -> str:
    """Put a lock into words; empty for none."""
    words = _WORDS.get(lock)
    return QCoreApplication.translate("locks", words) if words else ""


def access_sentences(relation: Relation) -> list[str]:
    """Say what the role may not do with the rows of a relation, whatever the connection allows; [] for nothing."""
    lock = lock_of_edit(relation, read_only=False)
    if lock is not Lock.OPEN and lock is not Lock.NO_KEY:
        return [lock_sentence(lock), *_security(relation)]
    said = [lock_sentence(lock)] if lock is not Lock.OPEN else []
    own = [column for column in relation.columns if not column.is_computed and column.is_shown]
    refused = [column.name for column in own if not column.may_update]
    if lock is Lock.OPEN and own and len(refused) == len(own):
        said.append(lock_sentence(Lock.PRIVILEGE))
    elif lock is Lock.OPEN and refused:
        words = QCoreApplication.translate("locks", "Your role may not change: {columns}.")
        said.append(words.format(columns=_listed(refused)))
    others = (lock_of_insert(relation, read_only=False), lock_of_delete(relation, read_only=False))
    said += [lock_sentence(each) for each in others if each in {Lock.NO_INSERT, Lock.NO_DELETE}]
    hidden = [column.name for column in relation.columns if not column.is_shown]
    if hidden:
        words = QCoreApplication.translate("locks", "Your role may not read: {columns}.")
        said.append(words.format(columns=_listed(hidden)))
    return [*said, *_security(relation)]


def row_sentence(*, may_update: bool, may_delete: bool) -> str:
    """Say what row security refuses of one row; empty for nothing."""
    if may_update and may_delete:
        return ""
    if may_update or may_delete:
        return lock_sentence(Lock.POLICY_DELETE if may_update else Lock.POLICY)
    return QCoreApplication.translate("locks", "Row security does not let your role change or delete this row.")


def _security(relation: Relation) -> list[str]:
    if not relation.row_security:
        return []
    words = "Row security applies to your role: rows may be hidden from it, and refused when they are saved."
    return [QCoreApplication.translate("locks", words)]


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown}, … (+{len(names) - _MOST_NAMED})" if len(names) > _MOST_NAMED else shown


def lock_of_cell(relation: Relation, column: Column, *, is_draft: bool, read_only: bool) -> Lock:
    """Say why a cell of a stored row (or of a draft) can't be edited; OPEN when it can."""
    if read_only:
        return Lock.READ_ONLY
    if column.is_computed:
        return Lock.IDENTITY if column.generated is Generated.IDENTITY_ALWAYS else Lock.GENERATED
    if is_draft:
        return Lock.OPEN if column.may_insert else Lock.COLUMN_PRIVILEGE
    if relation.editing in _EDITING:
        return _EDITING[relation.editing]
    if not relation.may_update and not column.may_update:
        return Lock.PRIVILEGE
    return Lock.OPEN if column.may_update else Lock.COLUMN_PRIVILEGE


def lock_of_edit(relation: Relation, *, read_only: bool) -> Lock:
    """Say why no row can be edited; a column may still have a reason of its own."""
    return Lock.READ_ONLY if read_only else _EDITING.get(relation.editing, Lock.OPEN)


def lock_of_insert(relation: Relation, *, read_only: bool) -> Lock:
    """Say why no row can be added."""
    if read_only:
        return Lock.READ_ONLY
    if relation.editing is not Editing.READ_ONLY_NO_KEY and relation.editing in _EDITING:
        return _EDITING[relation.editing]
    return Lock.OPEN if relation.insertable else Lock.NO_INSERT


def lock_of_delete(relation: Relation, *, read_only: bool) -> Lock:
    """Say why no row can be deleted."""
    if read_only:
        return Lock.READ_ONLY
    if relation.editing in _EDITING:
        return _EDITING[relation.editing]
    return Lock.OPEN if relation.may_delete else Lock.NO_DELETE

"""What can be asked of the migrations panel."""

from __future__ import annotations

from enum import Enum


class Verb(Enum):
    """What can be asked of the panel; the value is the end of its action's id."""

    DEPLOY = "deploy"
    RESOLVE = "resolve"
    RESTORE = "restore"
    CREATE = "create"
    CHECK = "check"
    TEST = "test"
    PUSH = "push"
    DOWNGRADE = "downgrade"
    STAMP = "stamp"
    MERGE = "merge"
    PULL = "pull"
    ADOPT = "adopt"  # a Prisma project goes over to Alembic

"""What every test gets."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = [
    "tests.support.fix_cluster",
    "tests.support.fix_docker",
    "tests.support.fix_garbage",
    "tests.support.fix_health",
    "tests.support.fix_pgbouncer",
    "tests.support.fix_isolation",
    "tests.support.fix_hygiene",
    "tests.support.fix_prisma",
    "tests.support.fix_projects",
    "tests.support.fix_qt",
    "tests.support.fix_window",
]

"""The workspace of a command that needs every service: with models and Alembic behind it, dear to import."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from nexus_studio.cli_target import opened
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.workspace import Workspace, workspace_on


@contextmanager
def workspace(arguments: argparse.Namespace, ctx: TaskContext) -> Iterator[Workspace]:
    """Connect and build every service."""
    with opened(arguments, ctx) as session:
        yield workspace_on(session, ctx)

"""The demo from nothing, again, and interrupted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus_studio.core.profiles import Environment
from nexus_studio.core.tasks import Cancelled, Progress, TaskContext
from nexus_studio.services.demo import DEMO_DATABASE, start_demo
from nexus_studio.services.workspace import open_workspace


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A short path: a socket's may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="nxs-demo-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "demo"


def steps_of(told: list[Progress]) -> list[str]:
    return list(dict.fromkeys(progress.step for progress in told))


def test_cancelled_first_then_whole_then_again(data_dir: Path) -> None:
    def stop_in_the_seed(progress: Progress) -> None:
        if progress.step == "seed.rows" and progress.done:
            ctx.token.cancel()

    ctx = TaskContext(on_progress=stop_in_the_seed)
    with pytest.raises(Cancelled):
        start_demo(data_dir, ctx)
    told: list[Progress] = []
    demo = start_demo(data_dir, TaskContext(on_progress=told.append))
    try:
        assert "seed.rows" in steps_of(told)
        assert demo.profile.database == DEMO_DATABASE
        assert demo.profile.environment is Environment.DEMO
        workspace = open_workspace(demo.profile, None, TaskContext.for_test())
        tree = workspace.catalog.tree(TaskContext.for_test())
        workspace.close()
        assert len(tree.summaries) > 40
        told.clear()
        second = start_demo(data_dir, TaskContext(on_progress=told.append))
        second.stop()
        assert "seed.rows" not in steps_of(told)
        assert demo.server.is_running
    finally:
        demo.stop()
    assert not demo.server.is_running

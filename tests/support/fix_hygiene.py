"""No warning of ours goes unnoticed: a test that provokes one announces it.

`@pytest.mark.logs("connection lost")` announces messages (each must come, and no other); a test that asks for `caplog`
looks at them itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


class _Collector(logging.Handler):
    """Keeps the warnings and errors of our loggers."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record)


@pytest.fixture(autouse=True)
def _no_unannounced_warning(request: pytest.FixtureRequest) -> Iterator[None]:
    collector = _Collector()
    logger = logging.getLogger("nexus_studio")
    logger.addHandler(collector)
    yield
    logger.removeHandler(collector)
    if "caplog" in request.fixturenames:
        return
    marker = request.node.get_closest_marker("logs")
    announced = set(marker.args) if marker else set()
    seen = {record.msg for record in collector.seen}
    if unexpected := [
        f"{record.levelname} {record.name}: {record.msg} {_facts(record)}"
        for record in collector.seen
        if record.msg not in announced
    ]:
        pytest.fail("logged and not announced: " + "; ".join(unexpected), pytrace=False)
    if missing := announced - seen:
        pytest.fail(f"announced and not logged: {sorted(missing)}", pytrace=False)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    usual = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
    return {name: value for name, value in vars(record).items() if name not in usual}

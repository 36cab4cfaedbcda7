"""What stays until the end of the run is not looked through for garbage again and again.

Collecting the tests makes half a million objects that live as long as the process. Each look through all there are
(one after most tests with a window, and those Python makes by itself) would go through them: a tenth of a second.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

THRESHOLDS = (20_000, 20, 20)
"""How much is made before Python looks for garbage by itself: by its own measure it spends a fourteenth of a run so."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Make no garbage collections while tests are collected: imports leave next to none."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.set_threshold(*THRESHOLDS)
        set_apart()


def set_apart() -> None:
    """Set apart all that lives now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()

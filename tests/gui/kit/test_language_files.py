"""The window speaks on when the files of its language are written anew beside it (an upgrade, a build)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from nexus_studio.ui.kit.resources import resource

# In a process of its own: a mapped file that shrinks ends the process, with no exception.
SPEAKS_ON = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from nexus_studio.ui.kit import i18n
folder = Path(sys.argv[1])
i18n.resource = lambda *parts: folder.joinpath(*parts[1:])
app = QCoreApplication([])
languages = i18n.Languages(app)
languages.apply("fr")
(folder / "nexus_studio_fr.qm").write_bytes(b"")
said = QCoreApplication.translate("errors", "On a throwaway database it failed too")
assert said.startswith("Sur une base"), said
languages.apply("en")
"""


def test_a_file_that_is_written_anew_ends_nothing(tmp_path: Path) -> None:
    for file in resource("translations").glob("*.qm"):
        shutil.copy(file, tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", SPEAKS_ON, str(tmp_path)], check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")

"""Programs that stand in for systemctl, crontab, launchctl and schtasks: they do with files what those do, and tell.

They are found on the PATH. Each call stands in `calls`; what is in `fails` is refused, with words on standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_ANY = r"""#!/bin/sh
PATH=/usr/bin:/bin
home=$(dirname "$0")
printf '%s' "$(basename "$0")" >> "$home/calls"
for word in "$@"; do printf '\t%s' "$word" >> "$home/calls"; done
printf '\n' >> "$home/calls"
while read -r refused; do
    case " $* " in *" $refused "*) echo "$(basename "$0"): not today" >&2; exit 1;; esac
done < "$home/fails"
"""

_BODIES = {
    "systemctl": r"""
units="${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user"
case "$2" in
enable)
    [ -f "$units/$3" ] || { echo "Failed to enable unit: Unit file $3 does not exist." >&2; exit 1; }
    mkdir -p "$units/timers.target.wants" && ln -sf "$units/$3" "$units/timers.target.wants/$3" ;;
disable) rm -f "$units/timers.target.wants/$4" ;;
esac
""",
    "crontab": r"""
if [ "$1" = -l ]; then
    [ -f "$home/crontab.txt" ] || { echo "no crontab for me" >&2; exit 1; }
    cat "$home/crontab.txt"
else
    cat > "$home/crontab.txt"
fi
""",
    "launchctl": "",
    "schtasks": "",
}


@dataclass(frozen=True, slots=True)
class FakeSchedulers:
    """A folder of stand-ins."""

    folder: Path

    def add(self, *names: str) -> None:
        """Have programs of these names."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "calls").touch()
        (self.folder / "fails").touch()
        for name in names:
            program = self.folder / name
            program.write_text(_ANY + _BODIES[name])
            program.chmod(0o755)

    def fail(self, *words: str) -> None:
        """Have calls with one of these words refused from now on; no words: none are."""
        (self.folder / "fails").write_text("".join(f"{word}\n" for word in words))

    @property
    def calls(self) -> list[list[str]]:
        """What was called since the last look."""
        file = self.folder / "calls"
        found = [line.split("\t") for line in file.read_text().splitlines()]
        file.write_text("")
        return found

    @property
    def crontab(self) -> bytes | None:
        """The person's crontab; None where there is none."""
        file = self.folder / "crontab.txt"
        return file.read_bytes() if file.exists() else None

    def set_crontab(self, content: bytes) -> None:
        """Give the person a crontab."""
        (self.folder / "crontab.txt").write_bytes(content)

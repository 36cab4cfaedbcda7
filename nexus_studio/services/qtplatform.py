"""Whether Qt can open a window here, asked before Qt is asked: it would end the process without saying how to help.

Nothing of Qt is imported. On Linux with an X server, Qt loads its `xcb` plugin, which needs system libraries that a
fresh machine or container often lacks.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_LDD_TIMEOUT_S = 10

# Library -> package for (Debian and Ubuntu, Fedora, Arch). Debian's were looked up in Debian 12; a library without an
# entry is named without a package.
_PACKAGES = {
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libGLX.so.0": ("libglx0", "libglvnd-glx", "libglvnd"),
    "libOpenGL.so.0": ("libopengl0", "libglvnd-opengl", "libglvnd"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libSM.so.6": ("libsm6", "libSM", "libsm"),
    "libICE.so.6": ("libice6", "libICE", "libice"),
    "libz.so.1": ("zlib1g", "zlib", "zlib"),
}

# Family as /etc/os-release names it -> (column of _PACKAGES, the command that installs).
_FAMILIES = {
    "debian": (0, "sudo apt install"),
    "ubuntu": (0, "sudo apt install"),
    "fedora": (1, "sudo dnf install"),
    "rhel": (1, "sudo dnf install"),
    "arch": (2, "sudo pacman -S"),
}


@dataclass(frozen=True, slots=True)
class PlatformAdvice:
    """Why no window can open, and the cure.

    `code` is "qt.no_screen" (neither X nor Wayland is there) or "qt.libraries_missing"; then `libraries` names them and
    `command` installs them, empty on a system whose package names are not known here.
    """

    code: str
    libraries: tuple[str, ...] = ()
    command: str = ""

    @property
    def text(self) -> str:
        """The advice in English for a terminal: where no window opens, there are no translations either."""
        if self.code == "qt.no_screen":
            return (
                "Nexus Studio needs a screen: neither DISPLAY nor WAYLAND_DISPLAY is set.\n"
                "Start it in a graphical session, or on a virtual screen: xvfb-run nexus-studio"
            )
        listed = "\n".join(f"  {library}" for library in self.libraries)
        cure = f"Install them with:\n  {self.command}" if self.command else "Install them with your package manager."
        return f"Qt can't open a window, because these system libraries are missing:\n{listed}\n{cure}"


def advice(environ: Mapping[str, str] = os.environ) -> PlatformAdvice | None:
    """Return what keeps Qt from opening a window here; None when nothing known does. Runs `ldd` once (about 20 ms)."""
    if not sys.platform.startswith("linux"):
        return None
    wanted = environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if wanted not in {"", "xcb"}:
        return None  # offscreen, wayland, vnc ...: somebody knows what they do
    has_wayland, has_x = bool(environ.get("WAYLAND_DISPLAY")), bool(environ.get("DISPLAY"))
    if not has_wayland and not has_x:
        return PlatformAdvice("qt.no_screen")
    if has_wayland and not wanted and plugin_file("libqwayland*.so") is not None:
        return None
    libraries = missing_libraries()
    return PlatformAdvice("qt.libraries_missing", libraries, install_command(libraries)) if libraries else None


def advice_on_import(error: ImportError) -> PlatformAdvice | None:
    """Return what an import of Qt that failed lacks; None when it isn't about a system library.

    Qt's libraries themselves need some (libEGL, on a machine that never had a screen): Python can't load them then.
    """
    found = re.search(r"(\S+\.so[.\d]*): cannot open shared object file", str(error))
    if found is None:
        return None
    libraries = tuple(sorted({found.group(1), *missing_libraries()}))
    return PlatformAdvice("qt.libraries_missing", libraries, install_command(libraries))


def missing_libraries() -> tuple[str, ...]:
    """Return the libraries that Qt's xcb plugin needs and the system lacks; empty when that can't be told."""
    import subprocess  # noqa: PLC0415 - heavy for the first paint, and of use only where there may be trouble

    plugin, ldd = plugin_file("libqxcb.so"), shutil.which("ldd")
    if plugin is None or ldd is None:
        return ()
    try:
        done = subprocess.run((ldd, str(plugin)), capture_output=True, text=True, timeout=_LDD_TIMEOUT_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return ()
    return libraries_not_found(done.stdout)


def libraries_not_found(ldd_output: str) -> tuple[str, ...]:
    """Return the libraries that ldd does not find, sorted; without Qt's own, which no system package mends."""
    found = set(re.findall(r"^\s*(\S+) => not found", ldd_output, re.MULTILINE))
    return tuple(sorted(name for name in found if not name.startswith("libQt6")))


def plugin_file(pattern: str) -> Path | None:
    """Find one of Qt's platform plugins inside the PySide6 package, without importing it."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return None
    for place in spec.submodule_search_locations:
        for found in sorted((Path(place) / "Qt" / "plugins" / "platforms").glob(pattern)):
            return found
    return None


def install_command(libraries: tuple[str, ...], os_release: Path = Path("/etc/os-release")) -> str:
    """Return the command that installs libraries on this distribution; empty when it is not known here."""
    try:
        text = os_release.read_text(encoding="utf-8")
    except OSError:
        return ""
    fields = dict(re.findall(r"""^(ID|ID_LIKE)=["']?([^"'\n]*)""", text, re.MULTILINE))
    names = [fields.get("ID", ""), *fields.get("ID_LIKE", "").split()]
    family = next((_FAMILIES[name] for name in names if name in _FAMILIES), None)
    if family is None:
        return ""
    column, command = family
    packages = sorted({_PACKAGES[library][column] for library in libraries if library in _PACKAGES})
    return f"{command} {' '.join(packages)}" if packages else ""

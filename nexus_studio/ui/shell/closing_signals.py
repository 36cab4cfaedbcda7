"""Ctrl+C in the terminal and a polite `kill` close the window as its own button would."""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QMainWindow


class ClosingSignals:
    """Turns SIGINT and SIGTERM into closing a window: staged edits are asked about, the demo's server is stopped.

    Qt's event loop gives Python no turn to run a signal handler in, so the number of the signal is written to a socket
    that the loop watches (`signal.set_wakeup_fd`). Lives as long as the window.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # the socket has the news; Python must only not die of it
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, window)
        self._notifier.activated.connect(self._close)

    def _close(self) -> None:
        self._reader.recv(64)
        self._window.close()

"""Reading what COPY … TO STDOUT sends, many messages at a time.

The driver's own reader takes a turn of its machinery for every row, which is longer than the server needs to write one.
Nor are the driver's views of messages kept: by the thousand they set Python looking for garbage, which takes longer
than everything else.

And the driver sends a COPY by the simple protocol, in which the server would run a second statement; here it is the
extended one (manual, section 55.2.3), so that a filter a person wrote can never bring one along.
"""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import pq, sql
from psycopg.errors import error_from_result

from nexus_studio.core.errors import BugError

_BLOCK: Final = 1 << 18


class CopyOut:
    """One COPY TO STDOUT on a connection that has begun a transaction. Read once; `rows` is known afterwards.

    As long as it is not `is_done` the connection is in the middle of the answer: left like that it has to be closed.
    Errors are the driver's.
    """

    def __init__(self, driver: psycopg.Connection, statement: sql.Composable) -> None:
        self._pgconn = driver.pgconn
        self._statement = statement.as_bytes(driver)
        self.rows = 0
        self.is_done = False

    def blocks(self) -> Iterator[tuple[bytearray, int]]:
        """Yield what was sent as it is, a quarter of a megabyte at a time, and how many messages (rows) were in it."""
        with self._begun() as selector:
            read, block, messages = self._pgconn.get_copy_data, bytearray(), 0
            while True:
                octets, message = read(1)
                if octets > 0:
                    block += message
                    messages += 1
                    if len(block) < _BLOCK:
                        continue
                elif octets == 0:
                    selector.select()
                    self._pgconn.consume_input()
                    continue
                if block:
                    yield block, messages
                    block, messages = bytearray(), 0
                if octets < 0:
                    break
            self._end(selector)

    def messages(self) -> Iterator[list[bytes]]:
        """Yield messages, one a row, of a quarter of a megabyte together (more where one row is larger)."""
        with self._begun() as selector:
            read, found, size = self._pgconn.get_copy_data, list[bytes](), 0
            while True:
                octets, message = read(1)
                if octets > 0:
                    found.append(bytes(message))
                    size += octets
                    if size < _BLOCK:
                        continue
                elif octets == 0:
                    selector.select()
                    self._pgconn.consume_input()
                    continue
                if found:
                    yield found
                    found, size = [], 0
                if octets < 0:
                    break
            self._end(selector)

    @contextmanager
    def _begun(self) -> Iterator[selectors.BaseSelector]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._pgconn.socket, selectors.EVENT_READ)
            self._begin(selector)
            yield selector

    def _begin(self, selector: selectors.BaseSelector) -> None:
        pgconn = self._pgconn
        pgconn.send_query_params(self._statement, None)
        while pgconn.flush():
            selector.modify(pgconn.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            selector.select()
            pgconn.consume_input()
        selector.modify(pgconn.socket, selectors.EVENT_READ)
        result = self._result(selector)
        if result is None:
            raise BugError("bug.driver")
        if result.status != pq.ExecStatus.COPY_OUT:
            while self._result(selector) is not None:
                pass
            self.is_done = True
            raise error_from_result(result)

    def _end(self, selector: selectors.BaseSelector) -> None:
        """Take the results behind the last message: the number of rows, or what went wrong."""
        results = []
        while (result := self._result(selector)) is not None:
            results.append(result)
        self.is_done = True
        for each in results:
            if each.status not in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
                raise error_from_result(each)
        self.rows = (results[-1].command_tuples or 0) if results else 0

    def _result(self, selector: selectors.BaseSelector) -> pq.abc.PGresult | None:
        pgconn = self._pgconn
        while pgconn.is_busy():
            selector.select()
            pgconn.consume_input()
        return pgconn.get_result()

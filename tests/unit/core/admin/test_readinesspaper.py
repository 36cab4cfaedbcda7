"""A report on paper: what was found can't break Markdown, HTML or the terminal, whatever it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.readiness import Verdict
from nexus_studio.core.admin.readinesspaper import Paper, SaidFinding, as_html, as_markdown, as_text

NASTY = st.text(alphabet=st.sampled_from(list("ab|`*_<>&\"'\\#[]()~!\n\r\t\x1b\x07é–")), max_size=30)


def paper(*findings: SaidFinding) -> Paper:
    return Paper(
        "Readiness of shop @ db:5432",
        "Production",
        Verdict.FAILED,
        "Not ready",
        "failed: 1",
        "Made by nexus-studio 1",
        ("Check", "Verdict", "Found"),
        (("Connection", findings),),
    )


def finding(found: str, command: str = "") -> SaidFinding:
    return SaidFinding("health", Verdict.FAILED, "Failed", "It answers", found, "Do", (("answer", found),), command)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(NASTY)
def test_html_says_what_was_found_and_nothing_more(found: str) -> None:
    plain, read = _Reader(), _Reader()
    plain.feed(as_html(paper(finding("x"))))
    read.feed(as_html(paper(finding(found))))
    assert read.tags == plain.tags
    assert found.replace("\r\n", "\n").replace("\r", "\n") in read.text.replace("\r\n", "\n").replace("\r", "\n")


@given(NASTY)
def test_markdown_keeps_its_table(found: str) -> None:
    lines = as_markdown(paper(finding(found))).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2
    assert all(len(re.findall(r"(?<!\\)\|", line.replace("\\\\", ""))) == 4 for line in rows)
    assert sum(line.startswith("#") for line in lines) == 3


@given(NASTY)
def test_a_terminal_is_not_told_anything(found: str) -> None:
    text = as_text(paper(finding(found, command=found)))
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_command_with_backticks_is_fenced_whole() -> None:
    text = as_markdown(paper(finding("x", command="echo ```")))
    assert "````\necho ```\n````" in text


def test_text_is_short_where_all_is_well() -> None:
    well = SaidFinding("tls", Verdict.OK, "OK", "TLS is on", "TLSv1.3.", evidence=(("cipher", "AES"),))
    text = as_text(paper(well, finding("503")))
    assert "✔ TLS is on [tls]: TLSv1.3." in text
    assert "AES" not in text
    assert "✖ It answers [health]: 503" in text
    assert "answer: 503" in text
    assert "→ Do" in text

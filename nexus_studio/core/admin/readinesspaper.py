"""A readiness report in words, laid out as text, Markdown or HTML for a release ticket. The words come from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from nexus_studio.core.admin.readiness import Verdict

_SIGNS = {
    Verdict.OK: "✔",
    Verdict.WARNING: "▲",
    Verdict.FAILED: "✖",
    Verdict.UNKNOWN: "?",
    Verdict.NOT_APPLICABLE: "–",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~])")
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem;
       color: #1b2130; background: #fff; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p { margin: .25rem 0; } .muted { color: #586175; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
td { border-top: 1px solid #dfe3e9; padding: .5rem .6rem; vertical-align: top; overflow-wrap: anywhere; }
td.verdict { width: 8.5rem; white-space: nowrap; font-weight: 600; } td.title { width: 17rem; font-weight: 600; }
.ok { color: #1a7f37; } .warning, .unknown { color: #8a5300; } .failed { color: #c1272d; }
.not_applicable { color: #586175; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .35rem 0 0; font-size: .87rem;
     color: #586175; } dd { margin: 0; overflow-wrap: anywhere; } dt { margin: 0; }
pre { background: #f5f6f8; padding: .4rem .6rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 0; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e7ec; background: #15171c; } td { border-color: #2d323c; } pre { background: #22262e; }
  .muted, dl, .not_applicable { color: #9aa3b3; } .ok { color: #5fc57d; } .warning, .unknown { color: #e2ad45; }
  .failed { color: #f37c7f; }
}
"""


@dataclass(frozen=True, slots=True)
class SaidFinding:
    """One line in words. `evidence` are labels and texts; `command` is what to copy, "" for nothing."""

    id: str
    verdict: Verdict
    verdict_word: str
    title: str
    found: str
    advice: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole report in words: heading, the facts below it, what it comes to, and the lines by subject."""

    title: str
    facts: str
    verdict: Verdict
    verdict_word: str
    counts: str
    made_by: str
    columns: tuple[str, str, str]
    """Headings: check, verdict, what was found."""

    parts: tuple[tuple[str, tuple[SaidFinding, ...]], ...]
    language: str = "en"


def as_text(paper: Paper) -> str:
    """Write it for a terminal: faults with their evidence, the rest in one line each."""
    lines = [paper.title, paper.facts, "", f"{_SIGNS[paper.verdict]} {paper.verdict_word}. {paper.counts}"]
    for subject, findings in paper.parts:
        lines += ["", subject]
        for each in findings:
            lines.append(f"  {_SIGNS[each.verdict]} {each.title} [{each.id}]: {each.found}")
            if each.verdict in {Verdict.OK, Verdict.NOT_APPLICABLE}:
                continue
            lines += [f"      {label}: {text}" for label, text in each.evidence]
            if each.advice:
                lines.append(f"      → {each.advice}")
            lines += [f"        {line}" for line in each.command.splitlines()]
    return "\n".join(_plain(line) for line in lines)


def as_markdown(paper: Paper) -> str:
    """Write it as GitHub's Markdown: a table for each subject, the faults with their evidence below."""
    check, verdict, found = paper.columns
    lines = [
        f"# {_marked(paper.title)}",
        "",
        _marked(paper.facts),
        "",
        f"**{_SIGNS[paper.verdict]} {_marked(paper.verdict_word)}** {_marked(paper.counts)}",
    ]
    for subject, findings in paper.parts:
        lines += ["", f"## {_marked(subject)}", "", f"| {check} | {verdict} | {found} |", "|---|---|---|"]
        for each in findings:
            said = " ".join(part for part in (each.found, each.advice) if part)
            lines.append(
                f"| {_marked(each.title)} | {_SIGNS[each.verdict]} {_marked(each.verdict_word)} | {_marked(said)} |"
            )
    faulty = [each for _, findings in paper.parts for each in findings if each.evidence or each.command]
    for each in faulty:
        lines += ["", f"### {_marked(each.title)}", ""]
        lines += [f"- {_marked(label)}: {_marked(text)}" for label, text in each.evidence]
        if each.command:
            lines += ["", *_fenced(each.command)]
    lines += ["", f"*{_marked(paper.made_by)}*"]
    return "\n".join(lines) + "\n"


def as_html(paper: Paper) -> str:
    """Write it as one page of HTML that needs nothing else."""
    parts = "\n".join(_html_part(subject, findings) for subject, findings in paper.parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(paper.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(paper.title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(paper.title)}</h1>\n"
        f'<p class="muted">{escape(paper.facts)}</p>\n'
        f'<p><strong class="{paper.verdict.value}">{_SIGNS[paper.verdict]} {escape(paper.verdict_word)}</strong> '
        f"{escape(paper.counts)}</p>\n{parts}\n"
        f'<p class="muted">{escape(paper.made_by)}</p>\n</body>\n</html>\n'
    )


def _html_part(subject: str, findings: Iterable[SaidFinding]) -> str:
    rows = "\n".join(map(_html_row, findings))
    return f"<h2>{escape(subject)}</h2>\n<table>\n{rows}\n</table>"


def _html_row(each: SaidFinding) -> str:
    advice = f"<p>{escape(each.advice)}</p>" if each.advice else ""
    pairs = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in each.evidence)
    evidence = f"<dl>{pairs}</dl>" if pairs else ""
    command = f"<pre>{escape(each.command)}</pre>" if each.command else ""
    return (
        f'<tr id="{escape(each.id)}"><td class="verdict {each.verdict.value}">{_SIGNS[each.verdict]} '
        f'{escape(each.verdict_word)}</td><td class="title">{escape(each.title)}</td>'
        f"<td><p>{escape(each.found)}</p>{advice}{evidence}{command}</td></tr>"
    )


def _marked(text: str) -> str:
    """Keep Markdown from meaning anything by what was found."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _fenced(command: str) -> tuple[str, ...]:
    """Fence a command with more backticks than stand in it."""
    longest = max((len(run) for run in re.findall(r"`+", command)), default=0)
    fence = "`" * max(3, longest + 1)
    return fence, command, fence


def _plain(line: str) -> str:
    """Leave out what would move a terminal's cursor: an answer of the health endpoint may hold anything."""
    return "".join(sign if sign.isprintable() else " " for sign in line)

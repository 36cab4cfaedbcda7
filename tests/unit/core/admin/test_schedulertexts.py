"""What schedulers are told: any name of a profile reaches the program as it is, and nothing else is read into it.

Each scheduler's way of reading is written down here again, from its manual or its source.
"""

from __future__ import annotations

import plistlib
import re
import shlex
import xml.etree.ElementTree as ET
from datetime import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nexus_studio.core.admin.schedulertexts import (
    LONGEST_LINE,
    Job,
    cron_lines,
    cron_marker,
    cron_word,
    job_id,
    property_list,
    service_unit,
    systemd_word,
    task_xml,
    texts,
    timer_unit,
    windows_word,
    with_cron,
    without_cron,
)
from nexus_studio.core.admin.schedules import Scheduler

NASTY = (
    "a b",
    "it's",
    'say "hi"',
    "50%",
    "%PATH%",
    "a\\%b",
    "a\\\\%",
    "$HOME",
    "${x}",
    "`id`",
    "x\\",
    "\\",
    "é–✓",
    "#;&|<>^",
)
WORDS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.sampled_from("ab '\"%\\$`é#;&()~*?![]{}<>|^=-@:,"), min_size=1, max_size=12),
    st.text(st.characters(exclude_categories=("Cc", "Cn", "Cs", "Zl", "Zp")), min_size=1, max_size=8),
)


def job(profile: str = "prod", program: str = "/opt/py", **more: object) -> Job:
    command = (program, "-m", "nexus_studio", "backup", "run", f"--profile={profile}", "--quiet")
    values: dict[str, object] = {"at": time(3, 5), "environment": (("NEXUS_STUDIO_HOME", "/data/my %h"),), **more}
    return Job(job_id(profile, ""), profile, command, **values)  # type: ignore[arg-type]


# --- systemd: extract_first_word() with EXTRACT_UNQUOTE and EXTRACT_CUNESCAPE, then specifiers, then variables


def read_by_systemd(line: str, *, is_command: bool) -> list[str]:
    words: list[str] = []
    rest = line
    while rest := rest.lstrip(" "):
        assert rest[0] == '"'
        word, at = "", 1
        while rest[at] != '"':
            if rest[at] == "\\":
                at += 1
                assert rest[at] in '\\"'
            elif rest[at] == "%":
                at += 1
                assert rest[at] == "%"
            elif rest[at] == "$" and is_command and words:  # the first word is the program
                at += 1
                assert rest[at] == "$"
            word += rest[at]
            at += 1
        words.append(word)
        rest = rest[at + 1 :]
    return words


@given(WORDS, WORDS)
def test_a_unit_file_says_what_was_meant(profile: str, program: str) -> None:
    unit = service_unit(job(profile, f"/opt/{program}"))
    lines = unit.split("\n")
    (start,) = (line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart="))
    words = read_by_systemd(start, is_command=True)
    if "$" in program:
        assert words[:3] == ["/bin/sh", "-c", 'exec "$0" "$@"']
        words = words[3:]
    assert words == [f"/opt/{program}", "-m", "nexus_studio", "backup", "run", f"--profile={profile}", "--quiet"]
    (variable,) = (line.removeprefix("Environment=") for line in lines if line.startswith("Environment="))
    assert read_by_systemd(variable, is_command=False) == ["NEXUS_STUDIO_HOME=/data/my %h"]
    assert not any(line.endswith("\\") for line in lines)  # or the next line would belong to it


def test_what_systemd_is_told_of_the_time() -> None:
    assert "OnCalendar=*-*-* 03:05:00\n" in timer_unit(job())
    timer = timer_unit(job(days=(4, 0)))
    assert "OnCalendar=Mon,Fri *-*-* 03:05:00\nPersistent=true\n" in timer
    assert systemd_word("100%") == '"100%%"'


# --- cron: do_command.c of Vixie's cron, which Debian has, and of cronie

VIXIE, CRONIE = "%\\", "%"  # what a backslash frees, and is then gone


def read_by_cron(command: str, freed: str) -> str:
    found, escaped = "", False
    for char in command:
        if escaped:
            found = found[:-1] + char if char in freed else found + char
            escaped = False
        elif char == "%":
            return found  # the rest is standard input
        else:
            escaped = char == "\\"
            found += char
    return found


@given(WORDS, st.sampled_from([VIXIE, CRONIE]))
@example("a\\%b", VIXIE)
@example("a\\\\%", VIXIE)
@example("\\\\%%\\%", CRONIE)
def test_a_crontab_says_what_was_meant(profile: str, freed: str) -> None:
    marker, line, end = cron_lines(job(profile)).split("\n")
    assert (marker, end) == (cron_marker(job(profile).id), "")
    moment, command = line.split(" * * * ", 1)
    assert moment == "5 3"
    variable, *words = shlex.split(read_by_cron(command, freed))
    assert variable == "NEXUS_STUDIO_HOME=/data/my %h"
    assert words == list(job(profile).command)


def test_a_crontab_knows_the_days_by_their_numbers() -> None:
    assert cron_lines(job(days=(0, 6))).split("\n")[1].startswith("5 3 * * 1,0 ")


def test_a_line_that_cron_would_refuse_is_shortened_or_refused() -> None:
    long_path = (("NEXUS_STUDIO_HOME", "/h"), ("PATH", "/bin:" * 300))
    line = cron_lines(job(environment=long_path)).split("\n")[1]
    assert "PATH" not in line
    assert "NEXUS_STUDIO_HOME" in line
    assert "PATH='/bin'" in cron_lines(job(environment=(("PATH", "/bin"),)))
    with pytest.raises(ValueError, match="longer"):
        cron_lines(job("x" * LONGEST_LINE))


OTHERS = st.text(st.sampled_from("ab \n#*%\x0b\x85\r"), max_size=30)


@given(OTHERS, st.sampled_from(["one", "two"]))
def test_other_lines_of_a_crontab_are_left_as_they_are(before: str, name: str) -> None:
    lines = cron_lines(job(name))
    marker = cron_marker(job(name).id)
    once = with_cron(before, lines)
    assert once.startswith(before)
    assert once.endswith(lines)
    assert with_cron(once, lines) == once  # again: there once
    ended = before if not before or before.endswith("\n") else before + "\n"
    assert without_cron(once, marker) == ended
    two = with_cron(once, cron_lines(job("three")))
    assert without_cron(two, cron_marker(job("three").id)) == once


def test_a_line_below_our_comment_that_is_not_ours_stays() -> None:
    marker = cron_marker(job().id)
    assert without_cron(f"{marker}\n* * * * * mine\n", marker) == "* * * * * mine\n"


# --- launchd and Windows


@given(WORDS)
def test_a_property_list_says_what_was_meant(profile: str) -> None:
    found = plistlib.loads(property_list(job(profile, days=(0, 6))).encode())
    assert found["ProgramArguments"] == list(job(profile).command)
    assert found["EnvironmentVariables"] == {"NEXUS_STUDIO_HOME": "/data/my %h"}
    moment = {"Hour": 3, "Minute": 5}
    assert found["StartCalendarInterval"] == [{**moment, "Weekday": 1}, {**moment, "Weekday": 0}]
    assert plistlib.loads(property_list(job()).encode())["StartCalendarInterval"] == moment


def read_by_windows(line: str) -> list[str]:
    """Take a command line apart as the C run-time library does (parse_cmdline, since 2008)."""
    words: list[str] = []
    word, at, is_quoted, is_open = "", 0, False, False
    while at < len(line):
        slashes = len(line[at:]) - len(line[at:].lstrip("\\"))
        char = line[at + slashes : at + slashes + 1]
        if slashes and char == '"':
            word += "\\" * (slashes // 2)
            at += slashes
            if slashes % 2:
                word, at, is_open = word + '"', at + 1, True
            continue
        if slashes:
            word, at, is_open = word + "\\" * slashes, at + slashes, True
            continue
        if char == '"':
            if is_quoted and line[at + 1 : at + 2] == '"':
                word, at = word + '"', at + 2
                continue
            is_quoted, is_open = not is_quoted, True
        elif char in " \t" and not is_quoted:
            if is_open:
                words.append(word)
            word, is_open = "", False
        else:
            word, is_open = word + char, True
        at += 1
    return [*words, word] if is_open else words


@given(st.lists(WORDS, min_size=1, max_size=3))
@example(["%PATH%", "%%", "a\\%\\"])
def test_windows_reads_the_words_that_were_meant(words: list[str]) -> None:
    line = " ".join(map(windows_word, words))
    assert read_by_windows(line) == words
    # what stands between two % is no name of a variable
    assert not any(re.fullmatch(r"\w+", between) for between in re.findall(r"%([^%]*)(?=%)", line))


@given(WORDS)
def test_a_task_says_what_was_meant(profile: str) -> None:
    text = task_xml(job(profile)).replace('encoding="UTF-16"', "")
    name = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    found = ET.fromstring(text)
    assert read_by_windows(found.findtext(f".//{name}Arguments", "")) == list(job(profile).command[1:])
    assert found.findtext(f".//{name}StartWhenAvailable") == "true"
    assert found.find(f".//{name}ScheduleByDay") is not None


def test_a_task_knows_the_days() -> None:
    assert "<DaysOfWeek><Monday /><Sunday /></DaysOfWeek>" in task_xml(job(days=(6, 0)))


# --- all


def test_each_profile_of_each_home_has_a_name_of_its_own() -> None:
    names = {job_id(*each) for each in [("a/b", ""), ("a b", ""), ("a b", "/home"), ("a b/home", "")]}
    assert len(names) == 4
    assert all(re.fullmatch(r"[\w.-]+", name, re.ASCII) for name in names)


@pytest.mark.parametrize("scheduler", list(Scheduler))
def test_no_text_holds_more_than_it_needs(scheduler: Scheduler) -> None:
    assert all("PGPASSWORD" not in each.text for each in texts(job(), scheduler))
    assert [each.name.rpartition(".")[2] for each in texts(job(), scheduler)] == {
        Scheduler.SYSTEMD: ["service", "timer"],
        Scheduler.LAUNCHD: ["plist"],
        Scheduler.TASKS: ["xml"],
        Scheduler.CRON: [""],
    }[scheduler]


@given(st.text(st.sampled_from("\\%'a ")), st.sampled_from([VIXIE, CRONIE]))
def test_a_word_for_cron_is_one_word_for_a_shell(word: str, freed: str) -> None:
    assert shlex.split(read_by_cron(cron_word(word), freed)) == [word]

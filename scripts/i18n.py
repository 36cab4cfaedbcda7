"""Keep the translations: read the sources into .ts files, turn them into .qm files, or check that both are done.

    python scripts/i18n.py            update the .ts files and the .qm files
    python scripts/i18n.py --check    fail when a text is not translated or a file is not up to date

English has a .ts file too, for plural forms only: the source says "%Ln rows" and one row is "1 row".
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = ("en", "fr")
SOURCE_LANGUAGE = "en"


def main() -> int:
    """Run the command line; 0 when all is well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing or stale")
    if parser.parse_args().check:
        problems = [problem for language in LANGUAGES for problem in check(language)]
        print("\n".join(problems) or "translations are complete")
        return 1 if problems else 0
    for language in LANGUAGES:
        ts = FOLDER / f"nexus_studio_{language}.ts"
        update(language, ts)
        release(ts, ts.with_suffix(".qm"))
        print(f"{ts.relative_to(ROOT)}: {len(messages(ts))} texts, {len(unfinished(ts))} to be translated")
    return 0


def update(language: str, ts: Path) -> None:
    """Merge the texts of the sources into a .ts file; texts that are gone leave it."""
    sources = sorted(str(path) for path in (ROOT / "nexus_studio").rglob("*.py"))
    plural = ["-pluralonly"] if language == SOURCE_LANGUAGE else []
    with tempfile.NamedTemporaryFile("w", suffix=".lst", encoding="utf-8") as listing:
        listing.write("\n".join(sources))
        listing.flush()
        _run(
            "pyside6-lupdate", "-silent", "-no-obsolete", "-locations", "none", "-source-language", "en",
            "-target-language", language, *plural, f"@{listing.name}", "-ts", str(ts),
        )  # fmt: skip


def release(ts: Path, qm: Path) -> None:
    """Turn a .ts file into the .qm file that Qt loads. It is put in place whole: others may be reading the old one."""
    with tempfile.TemporaryDirectory(dir=qm.parent, prefix=".release-") as folder:
        fresh = Path(folder) / qm.name
        _run("pyside6-lrelease", "-silent", str(ts), "-qm", str(fresh))
        fresh.replace(qm)


def check(language: str) -> list[str]:
    """Say what is wrong with a language, in lines for people."""
    ts = FOLDER / f"nexus_studio_{language}.ts"
    qm = ts.with_suffix(".qm")
    if not ts.is_file() or not qm.is_file():
        return [f"{ts.name} or {qm.name} does not exist"]
    problems = [f"{ts.name}: not translated: {text!r}" for text in unfinished(ts)]
    problems += [f"{ts.name}: fields differ: {text!r}" for text in _unlike_fields(ts)]
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / ts.name
        shutil.copy(ts, fresh)
        update(language, fresh)
        if messages(fresh).keys() != messages(ts).keys():
            missing = messages(fresh).keys() - messages(ts).keys()
            problems += [f"{ts.name}: not in the file: {text!r}" for _, text, _ in sorted(missing)]
            problems.append(f"{ts.name} is not up to date with the sources: run scripts/i18n.py")
        release(ts, fresh.with_suffix(".qm"))
        if fresh.with_suffix(".qm").read_bytes() != qm.read_bytes():
            problems.append(f"{qm.name} is not up to date with {ts.name}: run scripts/i18n.py")
    return problems


def messages(ts: Path) -> dict[tuple[str, str, str], ET.Element]:
    """Read the texts of a .ts file by context, source and comment."""
    found: dict[tuple[str, str, str], ET.Element] = {}
    for context in ET.parse(ts).getroot().iter("context"):
        for message in context.iter("message"):
            key = (context.findtext("name", ""), message.findtext("source", ""), message.findtext("comment", ""))
            found[key] = message
    return found


def unfinished(ts: Path) -> list[str]:
    """Return the source texts without a finished translation in every form."""
    return [source for (_, source, _), message in messages(ts).items() if not all(_translations(message))]


def _translations(message: ET.Element) -> list[str]:
    translation = message.find("translation")
    if translation is None or translation.get("type") == "unfinished":
        return [""]
    if message.get("numerus") == "yes":
        return [form.text or "" for form in translation.iter("numerusform")] or [""]
    return [translation.text or ""]


def _unlike_fields(ts: Path) -> list[str]:
    """Return the texts whose translation has other {fields}, or lacks a %Ln in all its forms."""
    unlike: list[str] = []
    for (_, source, _), message in messages(ts).items():
        forms = [form for form in _translations(message) if form]
        fields = _fields(source)
        if any(_fields(form) != fields for form in forms) or ("%Ln" in source and forms and "%Ln" not in forms[-1]):
            unlike.append(source)
    return unlike


def _fields(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def _run(tool: str, *arguments: str) -> None:
    beside = Path(sys.executable).with_name(tool)
    subprocess.run([str(beside) if beside.exists() else tool, *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())

"""The documents say what is: links, paths, commands, settings, error codes and limits are held against the code."""

from __future__ import annotations

import importlib
import pkgutil
import re
import unicodedata
from pathlib import Path

import pytest
import typer.main

import hub
from hub.cli.commands import app
from hub.errors import HubError
from hub.http import request
from hub.query.document.limits import Limits
from hub.query.plan import builder, where
from hub.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    file.relative_to(ROOT)
    for pattern in ("*.md", "schema/**/*.md", "src/**/*.md", "scripts/*.md", "tests/**/*.md", "migrations/*.md")
    for file in ROOT.glob(pattern)
    if "node_modules" not in file.parts
)
READMES = [file for file in DOCUMENTS if file.name == "README.md"]
TOP = {"src", "schema", "tests", "scripts", "migrations"}
MADE_LATER = {
    "keyring.json",
    "sources.json",
    "issuers.yaml",
    "demo.json",
    "demo-home/demo.json",
    "query.graphql",
    "package.json",
    "meals.json",
}
"""Files that no revision has: a hub, a reader or another project makes them."""
NOT_SETTINGS = {"HUB_DEMO_MARIADB_URL"} | {
    f"HUB_PROPERTY_{name}" for name in ("SEED", "DOCUMENTS", "DECISIONS", "BUNDLE", "ROWS")
}
"""Of the demo and the tests alone."""

each_document = pytest.mark.parametrize("document", READMES, ids=str)


def read(document):
    return (ROOT / document).read_text(encoding="utf-8")


def table(document, first):
    """The rows of the table whose head begins with this cell."""
    lines = iter(read(document).splitlines())
    rows = []
    for line in lines:
        if line.startswith(f"| {first} |"):
            next(lines)
            for row in lines:
                if not row.startswith("|"):
                    break
                rows.append([cell.strip() for cell in row.strip("|").split("|")])
    assert rows, f"{document} has no table that begins with {first!r}"
    return rows


def codes(rows):
    return [cell for row in rows for cell in re.findall(r"`(HUB-\d+)`", row[0])]


def anchors(document):
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", read(document), re.MULTILINE)
    kept = ["".join(c for c in head.lower() if c.isalnum() or c in " -_") for head in heads]
    return {head.replace(" ", "-") for head in kept}


# Links and paths


@each_document
def test_links_lead_to_files_and_headings_that_there_are(document):
    broken = []
    for target in re.findall(r"\]\(([^)]+)\)", read(document)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        if not file.exists() or (anchor and anchor not in anchors(file.resolve().relative_to(ROOT))):
            broken.append(target)
    assert broken == []


@each_document
def test_paths_that_are_named_exist(document):
    """A path in backticks begins at the top, at this document's folder, or, where code is described, at its package."""
    bases = (ROOT, (ROOT / document).parent, ROOT / "src" / "hub", ROOT / "tests")
    missing = []
    for name in re.findall(r"`([\w./-]+)`", read(document)):
        looks_like_a_path = name.split("/")[0] in TOP or re.fullmatch(r"[\w/-]+\.(py|yaml|cedar|json|graphql)", name)
        if looks_like_a_path and name not in MADE_LATER and not any((base / name).exists() for base in bases):
            missing.append(name)
    assert missing == []


def test_each_folder_of_a_tool_has_its_readme():
    for folder in (".", "schema", "schema/policies", "schema/mappings", "schema/operations", "schema/matching",
                   "scripts", "src/hub", "migrations", "tests", "tests/benchmarks"):  # fmt: skip
        assert Path(folder) / "README.md" in READMES


def test_the_first_readme_is_short():
    assert len(read("README.md").encode()) < 9_000


# Commands


def known_commands():
    """Options of each command, by its words: ``()`` is ``hub`` itself."""
    found = {}

    def walk(command, words):
        options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        found[words] = {"--help", "-h", *options}
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


def bench_options(name):
    """What a measurement takes, read from its source."""
    folder = ROOT / "tests" / "benchmarks"
    text = (folder / f"{name}.py").read_text() + (folder / "against.py").read_text()
    return {*re.findall(r'"(--[\w-]+)"', text), "--help"}


KNOWN = known_commands()


def commands(document):
    """The lines of commands in code: whole lines of shell blocks, and spans that begin with a command."""
    text = read(document)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`((?:hub|scripts/\w+) [^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [line.split("  #")[0].split(" # ")[0] for line in lines]


def fault(line):
    """What is wrong with a line's command, or nothing."""
    if found := re.search(r"(?:^|[\s/;|(])hub ((?:[a-z]+ ?)*)([^|;)$(]*)", line):
        words = tuple(found[1].split())
        while words not in KNOWN:
            words = words[:-1]
        rest = found[1].split()[len(words) :]
        if rest and any(other[:-1] == words for other in KNOWN if other):
            return f"hub {' '.join((*words, rest[0]))} is no command"
        unknown = set(re.findall(r"(?<!\S)(--?[a-z][\w-]*)", found[0])) - KNOWN[words]
        return f"hub {' '.join(words)} does not have {unknown}" if unknown else None
    if found := re.search(r"scripts/bench (\w+)(.*)", line):
        if not (ROOT / "tests" / "benchmarks" / f"{found[1]}.py").exists():
            return f"scripts/bench {found[1]} measures nothing"
        unknown = set(re.findall(r"(--[\w-]+)", found[2])) - bench_options(found[1])
        return f"scripts/bench {found[1]} does not have {unknown}" if unknown else None
    if found := re.search(r"scripts/demo(.*)", line):
        unknown = set(re.findall(r"(--[\w-]+)", found[1])) - KNOWN[("demo",)]
        return f"scripts/demo does not have {unknown}" if unknown else None
    if (found := re.search(r"(scripts/\w+)", line)) and not (ROOT / found[1]).exists():
        return f"there is no {found[1]}"
    return None


@each_document
def test_commands_and_their_options_exist(document):
    assert [f"{line}: {wrong}" for line in commands(document) if (wrong := fault(line))] == []


def test_a_command_or_an_option_that_there_is_not_would_be_found():
    for line in (
        "hub synchronise", "hub schema exports", "hub sync --force", "x && hub partner remove me --now",
        "scripts/demo --twice", "scripts/bench nothing", "scripts/bench query --fast", "scripts/nothing",
    ):  # fmt: skip
        assert fault(line), line


def test_every_command_is_described_somewhere():
    text = "\n".join(map(read, READMES))
    leaves = [words for words in KNOWN if words and not any(other[:-1] == words for other in KNOWN)]

    assert [" ".join(words) for words in leaves if f"hub {' '.join(words)}" not in text] == ["schema print"]


# Settings


def spelt(value):
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_all_settings_are_described_with_their_defaults():
    described = {row[0]: row[1] for row in table("scripts/README.md", "variable")}
    declared = {f"`HUB_{name.upper()}`": spelt(item.default) for name, item in Settings.model_fields.items()}

    assert described == declared


@each_document
def test_settings_that_are_named_exist(document):
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields} | NOT_SETTINGS
    named = set(re.findall(r"\bHUB_[A-Z_]+[A-Z]\b", read(document)))

    assert {name for name in named - known if not name.startswith("HUB_SOURCE")} == set()


# Error codes and limits


def declared_codes():
    """Codes and statuses of all errors of the hub."""
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        importlib.import_module(module.name)

    def below(error):
        return [error, *(each for one in error.__subclasses__() for each in below(one))]

    return {error.code: error.status for error in below(HubError) if error.__module__.startswith("hub.")}


def test_the_tables_of_error_codes_have_all_codes_and_no_others():
    of_answers = codes(table("schema/README.md", "code"))
    of_commands = codes(table("scripts/README.md", "code"))

    assert sorted({*of_answers, *of_commands}) == sorted(declared_codes())
    assert sorted(of_commands) == sorted(set(of_commands)), "each once"
    assert not set(of_answers) & set(of_commands), "each in one of them"


def test_the_codes_of_answers_have_the_status_that_they_are_answered_with():
    declared = declared_codes()
    described = {row[0].strip("`"): int(row[1]) for row in table("schema/README.md", "code") if row[1].isdigit()}

    assert described == {code: declared[code] for code in described}


def test_the_table_of_limits_is_right():
    limits, settings = Limits(), Settings.model_construct()
    declared = {
        "HUB-105": where.VALUES,
        "HUB-106": settings.page_limit,
        "HUB-110": settings.lookups_per_hour,
        "HUB-114": settings.body_limit,
        "HUB-115": settings.statement_seconds,
        "HUB-116": settings.answer_limit,
        "HUB-117": settings.cost_per_minute,
        "HUB-120": limits.characters,
        "HUB-121": limits.tokens,
        "HUB-122": limits.definitions,
        "HUB-123": limits.depth,
        "HUB-124": limits.fields,
        "HUB-125": limits.root_fields,
        "HUB-126": limits.aliases,
        "HUB-127": limits.directives,
        "HUB-128": limits.value_depth,
        "HUB-129": limits.values,
        "HUB-130": builder.STATEMENTS,
        "HUB-131": limits.rows,
        "HUB-132": limits.cost,
        "HUB-133": limits.groups,
        "HUB-134": where.TESTS,
        "HUB-145": request.BODY_SECONDS,
        "HUB-146": settings.missed_lookups_per_hour,
    }
    rows = [row for row in table("schema/README.md", "code") if re.match(r"[\d,]+ \w", row[1])]

    assert {row[0].strip("`"): int(row[1].split()[0].replace(",", "")) for row in rows} == declared


# Words


@each_document
def test_no_line_outside_tables_and_code_is_wider_than_a_screen(document):
    text = re.sub(r"^```.*?^```", "", read(document), flags=re.MULTILINE | re.DOTALL)
    wide = [
        line
        for line in text.splitlines()
        if not line.startswith("|") and sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) > 140
    ]
    assert wide == []

"""Attack: get hold of a dump of the database, or of the logs. There is nothing in them to read."""

from __future__ import annotations

import os
import re
import subprocess
from urllib.parse import urlsplit

import pytest

from hub.demo import databases
from hub.postgres.binaries import installed

DIGITS = re.compile(r"(?<![0-9A-Fa-f])[0-9]{11,18}[0-9Xx]?(?![0-9A-Fa-f])")
WRITING = re.compile(r"[\w·#\-（）()]+")
HEX = re.compile(r"\\\\?x((?:[0-9a-f]{2})+)")


def dump(url: str) -> str:
    """Everything in a database as text, and what its binary columns hold as text once more."""
    found = urlsplit(url)
    program = next(path for each in installed() if (path := each.directory / "pg_dump").exists())
    text = subprocess.run(
        [program, "-h", str(found.hostname), "-p", str(found.port), "-U", str(found.username), found.path[1:]],
        env={**os.environ, "PGPASSWORD": str(found.password)},
        capture_output=True,
        check=True,
    ).stdout.decode()
    return readable(text)


def readable(text: str) -> str:
    """The text with what its hexadecimal strings spell instead of them."""
    spelled = "\n".join(bytes.fromhex(found).decode(errors="replace") for found in HEX.findall(text))
    return f"{HEX.sub(' ', text)}\n{spelled}"


def leaked(text: str, planted, published: str) -> dict[str, set[str]]:
    """Which planted values stand in the text. Names that are also part of published words don't count."""
    runs = set(WRITING.findall(text))
    digits = set(DIGITS.findall(text)) | runs

    def spelled(values: frozenset[str]) -> set[str]:
        lengths = {len(value) for value in values}
        written = [run for run in runs if not run.isascii()]
        pieces = {run[at : at + size] for run in written for size in lengths for at in range(len(run) - size + 1)}
        return pieces & values

    return {
        "id numbers": digits & planted.id_numbers,
        "phones": digits & planted.phones,
        "names": {name for name in spelled(planted.names) if name not in published},
        "addresses": spelled(planted.addresses),
    }


@pytest.fixture(scope="module")
async def published(ask) -> str:
    """Words that are for everybody: regions and what charities publish."""
    found = await ask.data(
        "auditor",
        """{ regions(first: 1000) { nodes { name } }
             charityResources(first: 1000) { nodes { title eligibility unit } }
             charityOrganisations(first: 1000) { nodes { name description phone } } }""",
    )
    return str(found)


async def busy(ask) -> None:
    """Use protected values in every way in which a request can carry them, refused ones included."""
    truth = ask.hub.truth
    number, phone, name = min(truth.known_people), min(truth.planted.phones), min(truth.planted.names)
    query = "query ($w: PersonWhere) { people(where: $w) { nodes { name idNumber phone registeredAddress } } }"
    await ask.data("civil-affairs", query, {"w": {"idNumber": {"eq": number}}})
    await ask.data("civil-affairs", query, {"w": {"name": {"in": [name]}, "or": [{"phone": {"eq": phone}}]}})
    await ask.data("civil-affairs", f'{{ person(idNumber: "{number}") {{ name }} }}')
    await ask.data(
        "civil-affairs", "{ recipients(first: 100) { nodes { person { name phone } household { address } } } }"
    )
    await ask.data("civil-affairs", "{ quarantinedRows(first: 100) { nodes { row reason } } }")
    await ask.post("civil-affairs", query, {"w": {"idNumber": {"eq": number + "0"}}})
    await ask.post("civil-affairs", query, {"w": {"region": {"within": number}, "name": name}})
    await ask.post("civil-affairs", f"{{ person(idNumber: {number[:-1]}) {{ name }} }}")
    await ask.post("civil-affairs", f'{{ node(id: "{number}") {{ id }} }}')
    await ask.post("civil-affairs", f'{{ recipients(after: "{number}") {{ nodes {{ id }} }} }}')
    await ask.post("charity", f'{{ person(idNumber: "{number}") {{ name }} }}')


async def test_a_dump_of_the_database_holds_none_of_the_planted_values(ask, published):
    await busy(ask)
    text = dump(ask.hub.database)
    assert "CREATE TABLE public.audit_record" in text
    assert text.count("\n") > ask.hub.truth.people
    assert leaked(text, ask.hub.truth.planted, published) == {
        "id numbers": set(), "phones": set(), "names": set(), "addresses": set()
    }  # fmt: skip


async def test_the_logs_hold_none_of_the_planted_values(ask, published):
    await busy(ask)
    # The hub's own: the sample departments keep theirs beside it, and theirs are full of people.
    logs = [ask.hub.output, ask.hub.home / "postgres" / "log", *ask.hub.home.glob("*.log")]
    text = readable("\n".join(path.read_text(errors="replace") for path in logs))
    found = leaked(text, ask.hub.truth.planted, published)
    assert not any(found.values()), found


async def test_the_search_finds_the_same_values_where_they_are_plain(ask, published):
    """The two tests above could pass for the wrong reason; this one says that they do not."""
    register = dump(databases.with_database(ask.hub.database, "civil_affairs"))
    found = leaked(register, ask.hub.truth.planted, published)
    people = len(ask.hub.truth.known_people)
    assert len(found["id numbers"]) > people * 0.8
    assert len(found["names"]) > people * 0.3
    assert len(found["phones"]) > people * 0.3
    assert len(found["addresses"]) > people * 0.1
    hidden = "\\x" + min(ask.hub.truth.planted.addresses).encode().hex()
    assert leaked(readable(hidden), ask.hub.truth.planted, published)["addresses"]

"""Needs as a charity sees them, under the shipped policies and 100,000 consents, beside a bundle that permits all.

Both hubs stand over one database, and both have seen the documents before: what is compared is an answer by a plan that
is kept. Policies are filled up to sixty with some for a role that nobody has.
"""

from __future__ import annotations

import argparse
import os
import shutil
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from agreed import PROVIDERS, put_in_force
from asking import ask, post
from fill import progress
from peers import HUB_TARGET
from places import Place, keep, run
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from serving import granian

from hub import write
from hub.auth.issue import issue_token
from hub.consents.own import Dependents
from hub.consents.own import keep as keep_current
from hub.domain.codes import NeedKind
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings
from hub.store.partners import add_partner

if TYPE_CHECKING:
    from rich.console import Console

CHARITY, PURPOSE = "charity", "charity-matching"
POLICIES = 60
KEPT_AT_ONCE = 5_000
PAGE = """query($after: String) { needs(first: 100, after: $after) {
  nodes { id kind urgent county status } pageInfo { endCursor } } }"""
NODE = "query($id: ID!) { node(id: $id) { ... on Need { id kind urgent county status } } }"
STARTS = 24
ALL = """@id("all") @reason("a measurement") @reason_zh("测试") permit (principal, action, resource);"""
MORE = """@id("more-{number}") @reason("a measurement") @reason_zh("测试")
permit (principal in Role::"data-provider", action == Action::"read", resource is Need)
when {{ context.purpose == "data-sharing" && resource.kind == "FOOD" && {number} == {number} }};
"""
# Nothing that is sealed is opened here: its bytes may be any.
PEOPLE = """INSERT INTO person (id, id_number, id_number_index, region)
SELECT gen_random_uuid(), '\\x00', decode(md5(n::text), 'hex'), '23050' || (1 + n % 8) || '0010' || (10 + n % 90)
FROM generate_series(1, $1) n"""
NEEDS = f"""INSERT INTO need (id, person_id, kind, urgency, region, status, created_on)
SELECT gen_random_uuid(), id, (ARRAY[{", ".join(f"'{each.name}'" for each in NeedKind)}])[1 + floor(random() * 14)],
  (ARRAY['LOW', 'NORMAL', 'HIGH', 'URGENT'])[1 + floor(random() * 4)], region, 'OPEN', '2026-01-01' FROM person"""
CONSENTS = """INSERT INTO consent
  (id, person_id, version, region, purpose, scope, signed_by, signed_on, starts_on, ends_on, state, state_since)
SELECT gen_random_uuid(), id, 2, region, 'CHARITY_MATCHING', 'NEED', 'SELF', '2026-01-01', '2026-01-01', '2099-12-31',
  'IN_FORCE', now() FROM person"""


async def prepared(server: embedded.Server, home: Path, consents: int, console: Console) -> Place:
    """A database with so many people, each with a need and a consent to showing it, kept current as steps do it."""
    url = await embedded.create_database(server.url, "consents")
    async with running(Settings.load(home=home, database_url=url)) as runtime:
        now = datetime.now(UTC)
        await add_partner(
            runtime.pool, name=CHARITY, title="慈善总会", department="charity", roles=["charity"], regions=["2305"],
            purposes=[PURPOSE], now=now,
        )  # fmt: skip
        token = (await issue_token(runtime.pool, CHARITY, now)).text
        proposals = Dependents.of(runtime.vault)
    connection = await asyncpg.connect(url)
    try:
        for statement, given in ((PEOPLE, (consents,)), (NEEDS, ()), (CONSENTS, ())):
            await connection.execute(statement, *given, timeout=600)
        people = [row[0] for row in await connection.fetch("SELECT id FROM person")]
        with progress(console) as bar:
            task = bar.add_task("Keeping needs current", total=len(people))
            for at in range(0, len(people), KEPT_AT_ONCE):
                async with write.transaction(connection) as tx:
                    await keep_current(tx, proposals, people=people[at : at + KEPT_AT_ONCE])
                bar.advance(task, KEPT_AT_ONCE)
        await connection.execute("VACUUM ANALYZE", timeout=600)
        await connection.execute("CHECKPOINT", timeout=600)
    finally:
        await connection.close()
    await put_in_force(url, CHARITY, PURPOSE, len(PROVIDERS), len(PROVIDERS))
    return Place(consents, home, url, token, server.pid, 0.0)


def bundles(home: Path) -> dict[str, Path]:
    """Two directories of declarations: with the shipped policies and more, and with one that permits everything."""
    shipped = Settings.load(home=home).schema_directory
    found = {}
    for name in ("policies", "everything"):
        found[name] = home / name
        shutil.copytree(shipped, found[name])
    policies = found["policies"] / "policies"
    known = sum(file.read_text(encoding="utf-8").count("@id(") for file in policies.glob("*.cedar"))
    more = "".join(MORE.format(number=number) for number in range(max(0, POLICIES - known)))
    if more:
        (policies / "more.cedar").write_text(more, encoding="utf-8")
    for file in (found["everything"] / "policies").glob("*.cedar"):
        file.unlink()
    (found["everything"] / "policies" / "all.cedar").write_text(ALL, encoding="utf-8")
    shutil.rmtree(found["everything"] / "operations")  # documents for viewers that other policies make
    (found["everything"] / "operations").mkdir()
    return found


def request(port: int, token: str, query: str, **variables: Any) -> bytes:
    """A request of the charity."""
    headers = f"Authorization: Bearer {token}\r\nHub-Purpose: {PURPOSE}\r\n"
    return post("/graphql", port, {"query": query, "variables": variables}, headers)


async def measure(
    server: embedded.Server, home: Path, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Two hubs over one database that differ in their policies alone, asked in turn."""
    mine = home / "hub"
    place = await prepared(server, mine, options.consents, console)
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(
                granian(name, HUB_TARGET, place, environment={"HUB_SCHEMA_DIR": str(directory)})
            )
            for name, directory in bundles(mine).items()
        }
        asked: dict[str, dict[str, list[bytes]]] = {"a page of 100 needs": {}, "one need by its id": {}}
        for name, found in servers.items():
            after, pages, nodes = None, [], []
            for _ in range(STARTS):
                pages.append(request(found.port, place.token, PAGE, after=after))
                needs = (await ask(found.port, pages[-1]))["needs"]
                nodes.append(request(found.port, place.token, NODE, id=needs["nodes"][0]["id"]))
                after = needs["pageInfo"]["endCursor"]
            asked["a page of 100 needs"][name], asked["one need by its id"][name] = pages, nodes
        results = []
        with progress(console) as bar:
            runner = Runner(options.seconds, options.rounds, options.connections, bar)
            for about, requests in asked.items():
                rounds = await runner.run(about, servers, requests)
                results.append({
                    "request": about,
                    "rates": {name: middle(each) for name, each in rounds.items()},
                    "to everything": ratio(rounds["policies"], rounds["everything"]),
                    "rounds": rounds,
                })  # fmt: skip
        return results


def show(results: list[dict[str, Any]], options: argparse.Namespace, console: Console) -> None:
    """Print the table."""
    title = (
        f"Requests a second, {options.consents:,} consents, {options.connections} connections, {os.cpu_count()} cores, "
        f"median of {options.rounds} rounds"
    )
    table = Table(title=title)
    for name in ("request", "policies and consents", "everything permitted", "ratio"):
        table.add_column(name, justify="left" if name == "request" else "right")
    for each in results:
        rates = [f"{each['rates'][name]['rate']:,.0f}" for name in ("policies", "everything")]
        table.add_row(each["request"], *rates, spelled(each["to everything"]))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench consents", description=__doc__)
    add = parser.add_argument
    add("--consents", type=int, default=100_000, help="people, each with a need and a consent (default 100000)")
    add("--seconds", type=float, default=4.0, help="of each round (default 4)")
    add("--rounds", type=int, default=5, help="of each hub, alternating (default 5)")
    add("--connections", type=int, default=32, help="of the load (default 32)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if options.consents < STARTS * 100 or min(options.rounds, options.connections) < 1:
        parser.error(f"there must be {STARTS * 100:,} consents, one round and one connection at least")

    async def work(server: embedded.Server, home: Path, console: Console) -> list[dict[str, Any]]:
        results = await measure(server, home, console, options)
        show(results, options, console)
        return results

    keep(run(work), options.json)


if __name__ == "__main__":
    main()

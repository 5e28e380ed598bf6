"""One running hub: database, keys, policies and audit, opened in the order in which they depend on each other."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from hub import bundles, policy
from hub.auth import load_issuers
from hub.consents import consent_rules
from hub.consents.checking import check_steps
from hub.consents.own import Dependents
from hub.corrections import correction_rules
from hub.crypto import WrappedKey, missing_keys, open_keyring, open_vault
from hub.domain import CATALOGUE
from hub.errors import HubError
from hub.graph import build_schema, restrict
from hub.graph.catalogue import digest
from hub.matching.nights.agreeing import ProposalRules
from hub.means.estimates import estimate_rules
from hub.means.rules import DIRECTORY as MEANS_RULES
from hub.means.rules import load_rules, why_unusable
from hub.postgres import embedded
from hub.process.plan import StepTools
from hub.process.rules import check_rules
from hub.process.steps import Steps
from hub.query import (
    CountMemory,
    CountRules,
    Engine,
    Limits,
    LookupBudget,
    Spending,
    Trusted,
    ViewerSchemas,
    load_trusted,
)
from hub.sharing.rules import sharing_rules
from hub.sources.asking import DIRECTORY as ANSWERS
from hub.sources.asking import load_answers
from hub.store import migrate
from hub.store.catalogue_versions import note_version
from hub.store.installations import INSTALLATION
from hub.store.keys import add_keys, locked_keys
from hub.store.pool import FAULTS, open_pool, open_reading
from hub.store.sequencer import Sequencer
from hub.sync.mapping_files import load_mappings
from hub.sync.upkeep import read_upkeep, sources_of
from hub.write import seal_claims, seal_waiting, writable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from graphql import GraphQLSchema

    from hub.auth import Issuers
    from hub.bundles import Installed
    from hub.crypto import Vault
    from hub.means.own import CheckSteps
    from hub.means.rules import Rules as MeansRules
    from hub.policy import Policies
    from hub.process.rules import Rules
    from hub.settings import Settings
    from hub.sources.asking import Answers
    from hub.store.pool import Pool, Reading
    from hub.sync.mapping_files import Mappings
    from hub.sync.upkeep import Upkeep


log = logging.getLogger(__name__)

COLLECT_EVERY: Final = 50_000
"""Objects that are made and not freed again before Python looks for cycles among them; its default is 700."""

LOOK_SECONDS: Final = 5.0
"""Between two looks at which policies are in force, where no answer tells."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What lasts as long as the process. ``url``: of the hub's own database.

    ``reading``: the connections that queries run on; the server refuses writes on them. ``installation``: the number
    of the bundle that ``engine``, ``trusted`` and ``steps`` go by; 0 for the directory's policies. ``newest``: has the
    newest that this process goes by.
    """

    settings: Settings
    url: str
    pool: Pool
    reading: Reading
    vault: Vault
    engine: Engine
    audit: Sequencer
    lookups: LookupBudget
    spending: Spending
    mappings: Mappings
    trusted: Trusted
    steps: Steps
    installation: int
    newest: Newest
    issuers: Issuers
    means_rules: MeansRules
    rules_unusable: str | None
    answering: tuple[Answers, ...]
    checks: CheckSteps
    proposals: ProposalRules

    def now(self) -> Runtime:
        """The same by the newest policies that this process has: whatever begins, begins with it and keeps it."""
        found = self.newest.runtime
        if found.installation == self.installation:
            return self
        return replace(
            self, engine=found.engine, trusted=found.trusted, steps=found.steps, installation=found.installation
        )

    def require_in_force(self, number: int) -> None:
        """Refuse what was made by another bundle than is in force. Raises ``PoliciesChanged``.

        ``number``: of the installation in force, as an audit record has it.
        """
        if number not in (self.installation, self.newest.unusable):
            raise PoliciesChanged(number, self.installation)


@dataclass(slots=True)
class Newest:
    """The runtime by the newest bundle of policies that this process has.

    ``unusable``: an installation that it could not take. ``turn``: of whoever makes the next.
    """

    runtime: Runtime = field(init=False)
    unusable: int = -1
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class PoliciesChanged(Exception):
    """Another bundle is in force than something was made by: installation ``number``, not ``made_by``."""

    def __init__(self, number: int, made_by: int) -> None:
        super().__init__(number, made_by)
        self.number = number
        self.made_by = made_by


@dataclass(frozen=True, slots=True)
class InForce:
    """What follows from the policies in force, and nothing else does."""

    policies: Policies
    views: ViewerSchemas
    trusted: Trusted


def following_from(policies: Policies, settings: Settings, *, answers: bool = True) -> InForce:
    """Make what follows from policies; raise a ``HubError`` where a trusted document could not be answered by them.

    ``answers``: whether documents will be answered. Otherwise the trusted ones are left alone.
    """
    limits = Limits(page=settings.page_limit, cost=settings.cost_limit, smallest_group=settings.smallest_group)
    views = ViewerSchemas(
        lambda visible: restrict(whole_schema(), CATALOGUE, visible), policies, CATALOGUE, limits, settings.hide_denied
    )
    trusted = Trusted({}, settings.trusted_only)
    if answers:
        trusted = load_trusted(settings.schema_directory / "operations", views, only=settings.trusted_only)
    return InForce(policies, views, trusted)


def rules_of(policies: Policies, vault: Vault, checks: CheckSteps, proposals: ProposalRules) -> Mapping[str, Rules]:
    """The files of rules of all processes, by entity."""
    rules = {
        made.entity: made
        for made in (
            sharing_rules(CATALOGUE, policies.terms), consent_rules(Dependents.of(vault)),
            correction_rules(policies), proposals.rules, *checks.rules,
            estimate_rules(policies, checks.unusable),
        )
    }  # fmt: skip
    check_rules(CATALOGUE, rules)
    return rules


@cache
def whole_schema() -> GraphQLSchema:
    """The schema of all that is declared; what a viewer sees is cut out of it."""
    return build_schema(CATALOGUE)


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """Give the URL of the hub's database: the one that is set, or an embedded server's, with all tables."""
    async with AsyncExitStack() as stack:
        if settings.database_url is not None:
            url = settings.database_url
        else:
            # A hub that serves from the same home has the server running: share it.
            url = (
                embedded.running_url(settings.home)
                or (await stack.enter_async_context(embedded.embedded(settings.home))).url
            )
        await migrate.upgrade(url)
        yield url


@asynccontextmanager
async def running(settings: Settings, *, answers: bool = True) -> AsyncIterator[Runtime]:
    """Open everything; raise a ``HubError`` that says what is missing before any data is touched.

    ``answers``: whether documents will be answered. A command that answers none opens in a quarter of the time: 0.9 s
    of processor time instead of 4.2, most of which the schema of GraphQL takes.
    """
    keys_of_policies = bundles.trusted_keys(settings)
    mappings = load_mappings(settings.schema_directory / "mappings", CATALOGUE)
    answering = load_answers(settings.schema_directory / ANSWERS)
    settings.refuse_unknown_sources({*mappings.names, *(each.source for each in answering)})
    rules_directory = settings.schema_directory / MEANS_RULES
    without_rules = not rules_directory.is_dir()
    means_rules = load_rules(settings.shipped_schema / MEANS_RULES if without_rules else rules_directory)
    issuers = load_issuers(settings.issuers_file)
    shipped = None
    if keys_of_policies is None:
        shipped = following_from(
            policy.load(settings.schema_directory / "policies", CATALOGUE), settings, answers=answers
        )
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(settings))
        pool = await open_pool(url, size=settings.pool_size)
        stack.push_async_callback(pool.close)
        reading = await open_reading(
            url, size=settings.pool_size, statement_seconds=settings.statement_seconds
        )  # fmt: skip
        stack.push_async_callback(reading.close)
        vault = await keys(settings, pool)
        owners = writable(vault)
        async with pool.acquire() as connection:
            await seal_waiting(connection, owners)
            await seal_claims(connection, vault, owners)
        installed = await installed_policies(pool, vault, settings)
        found = shipped if installed is None else following_from(
            installed.bundle.policies, settings, answers=answers
        )  # fmt: skip
        if found is None:
            raise bundles.NothingInstalled(settings.policy_keys)
        audit = Sequencer(pool, vault.mac("audit chain"))
        stack.push_async_callback(audit.close)
        upkeep = await _upkeep(pool, mappings)
        memory = CountMemory(pool, vault, _count_rules(settings))
        engine = Engine(found.views, CATALOGUE, found.policies, vault, found.views.limits, upkeep, memory)
        lookups = LookupBudget(
            pool, settings.lookups_per_hour, settings.missed_lookups_per_hour, settings.lookups_per_day
        )
        stack.push_async_callback(lookups.close)
        spending = Spending(settings.cost_per_minute)
        unusable = f"There are no rules of means checks in {rules_directory}." if without_rules else why_unusable(
            means_rules, rules_directory, keys_of_policies, demo=settings.takes_demo_rules
        )  # fmt: skip
        checks = check_steps(vault, means_rules, answering, unusable=unusable)
        proposals = ProposalRules.of(vault, settings)
        tools = StepTools(CATALOGUE, found.policies, vault, rules_of(found.policies, vault, checks, proposals), owners)
        room = asyncio.Semaphore(max(1, settings.pool_size // 2))
        steps = Steps(tools, vault.token("idempotency key"), room)
        newest = Newest()
        newest.runtime = Runtime(
            settings, url, pool, reading, vault, engine, audit, lookups, spending, mappings, found.trusted, steps,
            0 if installed is None else installed.number, newest, issuers, means_rules, unusable, answering, checks,
            proposals,
        )  # fmt: skip
        yield newest.runtime


async def installed_policies(pool: Pool, vault: Vault, settings: Settings) -> Installed | None:
    """The bundle in force, checked as if it came from outside; None where there is none."""
    async with pool.acquire() as connection:
        return await bundles.in_force(connection, vault, bundles.trusted_keys(settings))


async def renew(newest: Newest, changed: PoliciesChanged) -> None:
    """Have the bundle that is in force now; once for all who wait for it.

    One that cannot be used here is an alarm in the log, and the running one stays: it was checked before it was
    installed, so the process is older than the bundle, or somebody wrote to the database.
    """
    async with newest.turn:
        if changed.number == newest.unusable or changed.made_by < changed.number <= newest.runtime.installation:
            return
        try:
            newest.runtime = await renewed(newest.runtime)
        except HubError as error:
            newest.unusable = changed.number
            log.error("ALARM installation %d of the policies is not used: %s", changed.number, error.message)  # noqa: TRY400 - where it happened says no more
            return
        digest = newest.runtime.engine.policies.digest
        log.info("policies of installation %d are in force: %s", newest.runtime.installation, digest)
        collect_rarely()


async def keep_policies(runtime: Runtime) -> None:
    """Have new bundles soon also where nothing is recorded, until cancelled: by the old one nothing may be visible."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            runtime.now().require_in_force(await runtime.pool.fetchval(INSTALLATION))
        except PoliciesChanged as changed:
            await renew(runtime.newest, changed)
        except FAULTS as error:
            log.warning("the database does not tell of policies (%s); the hub asks again", type(error).__name__)


async def renewed(runtime: Runtime) -> Runtime:
    """The same hub by the policies that are in force now. Nothing of the old one changes: who has it keeps it.

    Raises a ``HubError`` where what was installed cannot be used here.
    """
    installed = await installed_policies(runtime.pool, runtime.vault, runtime.settings)
    if installed is None or installed.number < runtime.installation:
        raise bundles.InstallationsBroken(
            f"Installation {runtime.installation} of the policies, which is in force here, is not in the list any more."
        )
    # Half a second's work or more: others are answered meanwhile.
    found = await asyncio.to_thread(following_from, installed.bundle.policies, runtime.settings)
    engine, steps = runtime.engine, runtime.steps
    return replace(
        runtime,
        engine=Engine(
            found.views, CATALOGUE, found.policies, runtime.vault, engine.limits, engine.upkeep, engine.memory
        ),
        trusted=found.trusted,
        steps=Steps(
            replace(
                steps.tools,
                policies=found.policies,
                rules=rules_of(found.policies, runtime.vault, runtime.checks, runtime.proposals),
            ),
            steps.token,
            steps.room,
        ),
        installation=installed.number,
    )


async def _upkeep(pool: Pool, mappings: Mappings) -> Callable[[Reading], Awaitable[Upkeep]]:
    """Note the version of the data catalogue; give what reads how it stands."""
    async with pool.acquire() as connection:
        version = await note_version(connection, digest(CATALOGUE), datetime.now(UTC))
    sources = sources_of(mappings, CATALOGUE)

    async def read(reading: Reading) -> Upkeep:
        return await read_upkeep(reading, CATALOGUE, sources, version, datetime.now(UTC))

    return read


def _count_rules(settings: Settings) -> CountRules:
    return CountRules(settings.counts_stand_days, settings.counts_kept_days, settings.counts_per_day)


async def keys(settings: Settings, pool: Pool) -> Vault:
    """Open the vault. At the first start keyring and data keys are made; later a missing keyring is an error."""
    async with pool.acquire() as connection, locked_keys(connection) as stored:
        ring = open_keyring(settings.keyring_file, fingerprint=stored.fingerprint, data_keys=bool(stored.rows))
        rows = [WrappedKey(*row) for row in stored.rows]
        made = await missing_keys(ring, rows, datetime.now(UTC))
        await add_keys(
            connection,
            ring.fingerprint,
            [(key.key_id, key.group, key.suite, key.wrapped, key.state, key.created_at) for key in made],
        )
    return await open_vault(ring, [*rows, *made])


def collect_rarely() -> None:
    """Spare answers the search for reference cycles.

    An answer is thousands of new objects and no cycle; with Python's defaults each page is searched several
    times while it is made, which is a fifth of its time. What stays (schema, policies) is set aside, until other
    policies take its place.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 20)


def quiet_logs() -> None:
    """Log warnings and what the hub itself says; no library's chatter, which could quote a request."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("hub").setLevel(logging.INFO)

"""People as departments' registers have them, and corrections by their steps over HTTP: for tests of corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consenting import CONFLICTS
from hub.domain import CATALOGUE
from hub.domain.divisions import shipped
from hub.sync.mapping_files import load_mappings
from hub.sync.regions import load_regions
from hub.sync.run import sync_source
from syncing import BORIS, CLARA, MAPPINGS, VILLAGE, enrolment, household, member, register

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from acting_hub import Acting

STEP = """mutation($input: %sInput!) { done: %s(input: $input) {
  correction { id state version %s }
  errors { __typename ... on UserError { code message path } %s ... on StepRefused { article } } } }"""
WRONG, RIGHT = "1980-01-02", "1980-01-01"
PURPOSES = {"civil-affairs": "assistance-review", "social-security": "means-check"}
"""For which those that look at people ask."""
REASONS = "身份证号码中的出生日期不同"


async def registers(acting: Acting, home: Path, **changes: str) -> None:
    """Synchronise both registers. ``changes``: of the household register, by column."""
    await register_of_civil_affairs(acting, home)
    await register_of_public_security(acting, home, **changes)


async def register_of_civil_affairs(acting: Acting, home: Path) -> None:
    """Two people of one household, one of them enrolled."""
    pool = acting.runtime.pool
    async with pool.acquire() as connection:
        await load_regions(connection, shipped())
    await synchronise(acting, "civil-affairs", register(
        home / "civil-affairs.db", "civil-affairs", household=[household()],
        member=[member("M1", BORIS), member("M2", CLARA)], enrolment=[enrolment("E1", BORIS)],
    ))  # fmt: skip


async def register_of_public_security(acting: Acting, home: Path, **changes: str) -> None:
    """One of the two, with a birth date that is wrong unless it is said otherwise."""
    row = {
        "人员编号": "P1", "公民身份号码": BORIS, "姓名": "名M1", "性别": "男", "出生日期": WRONG, "户籍地区划": VILLAGE,
        "住址": "新兴路1号", **changes,
    }  # fmt: skip
    made = register(home / "public-security.db", "public-security", 户籍人口=[tuple(row.values())])
    await synchronise(acting, "public-security", made)


async def synchronise(acting: Acting, source: str, file: Path) -> None:
    mappings = load_mappings(MAPPINGS, CATALOGUE)
    report = await sync_source(acting.runtime.pool, acting.runtime.vault, mappings, source, str(file), loss_share=None)
    assert report.ok, report.message


async def step(acting: Acting, partner: str, name: str, given: Mapping[str, Any], select: str = "") -> dict[str, Any]:
    """Take a step with a correction; return its payload. The version that was looked at is the present one."""
    given = dict(given)
    purpose = PURPOSES.get(partner, "data-sharing") if name == "open" else "data-sharing"
    mutation = f"{name}Correction"
    if name in ("confirm", "uphold") and "expectedVersion" not in given:
        version = "SELECT version FROM correction WHERE id::text = $1"
        given["expectedVersion"] = await acting.runtime.pool.fetchval(version, given["id"].partition(":")[2]) or 1
    document = STEP % (mutation[0].upper() + mutation[1:], mutation, select, CONFLICTS if "id" in given else "")
    answer = await acting.ask(partner, document, {"input": given}, purpose=purpose)
    payload: dict[str, Any] = answer["done"]
    return payload


async def taken(acting: Acting, partner: str, name: str, given: Mapping[str, Any], select: str = "") -> dict[str, Any]:
    """Take a step that must succeed; return the correction."""
    payload = await step(acting, partner, name, given, select)
    assert payload["errors"] == [], payload
    row: dict[str, Any] = payload["correction"]
    return row


async def person(acting: Acting) -> str:
    """The id of the person in question, as civil affairs finds it."""
    found = await acting.ask(
        "civil-affairs", "query($n: String!) { person(idNumber: $n) { id } }", {"n": BORIS}, purpose="assistance-review"
    )
    row: str = found["person"]["id"]
    return row

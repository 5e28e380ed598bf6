"""A batch is written while the next one is prepared: what must wait waits, and nothing that fails is lost."""

from __future__ import annotations

import asyncio

import pytest

from hub.sync.overlap import Footprint, one_behind


def footprint(*, keys=(), people=(), references=()):
    return Footprint(frozenset(keys), frozenset(people), frozenset(references))


@pytest.mark.parametrize(
    ("before", "after", "meets"),
    [
        ({"keys": {b"a"}, "people": {b"p"}}, {"keys": {b"b"}, "people": {b"q"}, "references": {b"r"}}, False),
        ({"keys": {b"a"}}, {"keys": {b"a"}}, True),
        ({"people": {b"p"}}, {"people": {b"p"}}, True),
        ({"keys": {b"a"}}, {"references": {b"a"}}, True),
        ({"references": {b"a"}}, {"references": {b"a"}}, False),
        ({}, {"keys": {b"a"}}, False),
    ],
)
def test_a_batch_waits_for_the_one_before_only_if_it_looks_up_what_that_writes(before, after, meets):
    assert footprint(**after).meets(footprint(**before)) is meets


async def test_one_piece_of_work_goes_on_beside_its_owner_and_the_next_waits_for_it():
    done, release = [], asyncio.Event()

    async def work(name):
        await release.wait()
        done.append(name)

    async with one_behind() as behind:
        await behind.start(work("first"))
        await asyncio.sleep(0)
        assert done == []
        release.set()
        await behind.start(work("second"))
        assert done == ["first"]
    assert done == ["first", "second"]


async def fails():
    raise LookupError


@pytest.mark.parametrize("more", [True, False], ids=["at the next start", "at the end"])
async def test_what_went_wrong_with_a_write_is_raised(more):
    async def run():
        async with one_behind() as behind:
            await behind.start(fails())
            if more:
                await behind.start(asyncio.sleep(0))

    with pytest.raises(LookupError):
        await run()


async def test_a_source_that_breaks_off_leaves_what_was_read_before():
    done = []

    async def work():
        await asyncio.sleep(0.01)
        done.append("written")

    async def run():
        async with one_behind() as behind:
            await behind.start(work())
            raise LookupError

    with pytest.raises(LookupError):
        await run()
    assert done == ["written"]


async def test_who_is_cancelled_gives_up_the_write_under_way():
    done, started = [], asyncio.Event()

    async def work():
        started.set()
        await asyncio.sleep(60)
        done.append("written")

    async def run():
        async with one_behind() as behind:
            await behind.start(work())
            await asyncio.sleep(60)

    task = asyncio.create_task(run())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == []

"""Workers are killed while departments answer: no question is lost, and each check is reported, once."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter

import commands
from acting_hub import acting_on
from checking import VEHICLES, Checking, schema_with, vehicle_office
from consenting import numbered
from hub.postgres import embedded

KILLS = int(os.environ.get("KILLS", "4"))
"""Times that all workers are killed at once, each while the department has questions in its hands."""
HOUSEHOLDS, MEMBERS = 2 * KILLS, 3
WORKERS, AT_ONCE = 2, 4
SECONDS = 30 + 15 * KILLS
"""Until the test gives up: nothing is decided by how long something takes."""


async def test_no_question_is_lost_and_every_check_is_reported_once(server, migrated_template, tmp_path):
    url = await embedded.create_database(server.url, "killed_askers", template=migrated_template)
    schema = schema_with(tmp_path, VEHICLES.replace("attempts: 2", f"attempts: 5\nper_second: {20 + 4 * KILLS}"))
    workers, killed = [], 0
    total = HOUSEHOLDS * MEMBERS
    marks = [max(1, total * (at + 1) // (KILLS + 1)) for at in range(KILLS)]
    async with vehicle_office() as office, acting_on(url, schema_dir=schema) as acting:
        checking = Checking(acting, {"vehicle-office": office.url})
        checks = []
        for place in range(HOUSEHOLDS):
            people = [
                numbered(f"{1950 + place % 50}0101", 100 + 3 * (place // 50) + serial) for serial in range(MEMBERS)
            ]
            checks.append(await checking.running(await checking.authorised(*people)))
        environment = {
            **os.environ, "HUB_HOME": str(acting.runtime.settings.home), "HUB_DATABASE_URL": url,
            "HUB_SCHEMA_DIR": str(schema), "HUB_DEMO_RULES": "true", "HUB_SOURCE_VEHICLE_OFFICE": office.url,
        }  # fmt: skip
        office.delay = 0.15  # long enough to be killed in the middle of
        waiting = "SELECT count(*) FROM check_question WHERE state IN ('WAITING', 'ASKED')"
        reported = "SELECT count(*) FROM household_check WHERE state = 'REPORTED'"
        until = time.monotonic() + SECONDS
        try:
            while (
                marks
                or await acting.runtime.pool.fetchval(waiting)
                or await acting.runtime.pool.fetchval(reported) < HOUSEHOLDS
            ):
                assert time.monotonic() < until, f"{len(office.asked)} were asked, {killed} kills"
                if marks and len(office.asked) >= marks[0]:
                    marks.pop(0)
                    killed += 1
                    for each in workers:
                        each.kill()
                workers[:] = [each for each in workers if each.poll() is None]
                workers += [commands.start("work", env=environment) for _ in range(WORKERS - len(workers))]
                await asyncio.sleep(0.05)
        finally:
            for each in workers:
                each.terminate()
            for each in workers:
                await asyncio.to_thread(each.wait, 60)
        assert killed == KILLS
        states = await acting.runtime.pool.fetch("SELECT state, count(*) FROM check_question GROUP BY state")
        assert {row[0]: row[1] for row in states} == {"EMPTY": total}
        assert await acting.runtime.pool.fetchval("SELECT count(*) FROM check_report") == HOUSEHOLDS
        # Asked twice was only what somebody had in hands who was killed.
        again = sum(count - 1 for count in Counter(office.asked).values())
        assert set(Counter(office.asked).values()) <= set(range(1, KILLS + 2))
        assert again <= KILLS * WORKERS * AT_ONCE
        assert len(set(office.asked)) == total
        for check in checks:
            assert (await checking.seen(check))["outcome"] == "CONSISTENT"

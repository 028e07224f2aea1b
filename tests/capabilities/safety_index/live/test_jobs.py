"""Long work of pages: one after another, for whoever asked, and never for ever."""

import asyncio
import gc
from collections.abc import Iterator
from threading import Event

import pytest

from gengfu.capabilities.safety_index.live.jobs import (
    BEGUN,
    MOST_KEPT,
    MOST_WAITING,
    WAITING,
    Jobs,
    settled,
)
from gengfu.kernel import BadInput, RuleBroken, Unavailable


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    found = Jobs()
    yield found
    found.close()


def done(job) -> None:
    assert asyncio.run(settled(job, 60))


def test_work_says_how_far_it_is_and_keeps_what_came_of_it(jobs: Jobs) -> None:
    begun, go_on = Event(), Event()

    def work(told) -> int:
        told("count", 0.25)
        begun.set()
        assert go_on.wait(60)
        told("count", 7.0)
        return 42

    job = jobs.start("ada", "sum", {"first": "2026-01"}, work)
    assert begun.wait(60)
    assert (job.stage, job.share, job.over) == ("count", 0.25, False)
    assert not asyncio.run(settled(job, 0.0))
    with pytest.raises(RuleBroken, match="still being worked on"):
        jobs.start("ada", "sum", {}, work)
    waits = jobs.start("bo", "sum", {}, lambda _told: 1)
    assert waits.stage == WAITING
    go_on.set()
    done(job)
    done(waits)
    assert (job.result, job.share, job.form) == (42, 1.0, {"first": "2026-01"})
    assert jobs.find(job.id, "ada", "sum") is job
    assert jobs.find(job.id, "ada", "other") is None
    assert jobs.find(job.id, "bo", "sum") is None
    assert jobs.find("", "ada", "sum") is None
    assert jobs.newest("ada", "sum") is job
    assert jobs.newest("ada", "other") is None


def test_work_that_has_begun_no_longer_says_that_it_waits(jobs: Jobs) -> None:
    begun, go_on = Event(), Event()

    def work(_told) -> None:
        begun.set()
        assert go_on.wait(60)

    job = jobs.start("ada", "sum", {}, work)
    assert begun.wait(60)
    assert job.stage == BEGUN
    go_on.set()
    done(job)


def test_what_was_refused_is_refused_when_it_is_looked_at(jobs: Jobs) -> None:
    def refuses(_told) -> None:
        raise BadInput("table: row 2, column month: is empty")

    job = jobs.start("ada", "sum", {}, refuses)
    done(job)
    with pytest.raises(BadInput, match="row 2"):
        _ = job.result
    done(jobs.start("ada", "sum", {}, lambda _told: None))  # and may be asked again


def test_a_fault_of_ours_is_said_as_one_and_told_in_the_log(jobs: Jobs, caplog) -> None:
    def fails(_told) -> None:
        raise ZeroDivisionError("nobody thought of this")

    job = jobs.start("ada", "sum", {}, fails)
    done(job)
    with pytest.raises(Unavailable, match="the server's log says why"):
        _ = job.result
    assert "nobody thought of this" in caplog.text


def test_too_much_is_refused_and_what_is_old_is_forgotten(jobs: Jobs) -> None:
    first = jobs.start("p", "sum", {}, lambda _told: None)
    done(first)
    for _ in range(MOST_KEPT):
        done(jobs.start("p", "sum", {}, lambda _told: None))
    assert jobs.find(first.id, "p", "sum") is None
    go_on = Event()
    going = [
        jobs.start(f"p{n}", "sum", {}, lambda _told: go_on.wait(60))
        for n in range(MOST_WAITING)
    ]
    with pytest.raises(RuleBroken, match="ask again in a minute"):
        jobs.start("late", "sum", {}, lambda _told: None)
    go_on.set()
    for job in going:
        done(job)


def test_work_ends_with_the_server_where_it_next_says_how_far_it_is() -> None:
    jobs, begun, go_on = Jobs(), Event(), Event()

    def work(told) -> None:
        begun.set()
        assert go_on.wait(60)
        told("count", 0.5)

    job = jobs.start("ada", "sum", {}, work)
    waits = jobs.start("bo", "sum", {}, lambda _told: None)
    assert begun.wait(60)
    jobs.close()
    go_on.set()
    done(job)
    with pytest.raises(Unavailable, match="the server stops"):
        _ = job.result
    assert waits.future.cancelled()


def test_work_that_fails_is_told_to_who_asked_and_not_to_the_log(jobs: Jobs) -> None:
    go_on = Event()
    told_to_log: list[dict[str, object]] = []

    def work(_told) -> int:
        assert go_on.wait(60)
        raise BadInput("no such file")

    async def waited() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, what: told_to_log.append(what))
        job = jobs.start("ada", "sum", {}, work)
        looks = [asyncio.ensure_future(settled(job, 60)) for _ in range(2)]
        await asyncio.sleep(0)
        go_on.set()
        assert await asyncio.gather(*looks) == [True, True]
        with pytest.raises(BadInput, match="no such file"):
            _ = job.result
        looks.clear()
        jobs._jobs.clear()  # forgotten, as what is old is
        del job
        gc.collect()

    asyncio.run(waited())
    assert told_to_log == []

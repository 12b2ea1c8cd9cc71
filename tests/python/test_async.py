"""The client for asyncio."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import mde_forensics
import pytest
from conftest import DEVICE, calls
from mde_forensics import AsyncClient, Emulator, Event

SLOW = [{"name": DEVICE, "life": {"pending": 600, "running": 60_000}}]


def test_from_a_name_to_a_verified_package(emulator: Emulator, tmp_path: Path) -> None:
    events: list[Event] = []

    async def main() -> None:
        async with emulator.async_client() as client:
            collection = await client.collect("ws-042", comment="INC-42", on_event=events.append)
            assert collection.adoption == "own"
            await collection.refresh()
            await collection.wait(on_event=events.append)
            package = await collection.download(tmp_path, on_event=events.append, progress=False)
            assert package.verify()
            (machine,) = await client.find("ws-042")
            assert (await client.machine(machine["id"]))["id"] == machine["id"]
            assert collection.id is not None
            assert (await client.action(collection.id))["status"] == "Succeeded"
            assert len(await client.actions(machine=machine["id"])) == 1
            report = await client.collect_many(["ws-042"], comment="x", into=tmp_path / "many")
            assert report["ws-042"].outcome == "collected"
            again = client.resume(collection.to_json())
            assert (await again.wait()).status == "Succeeded"
            handle = client.prepare("ws-042", comment="steps", key="K")
            while True:
                handle, next_at = await client.step(handle)
                if next_at is None:
                    break
                await asyncio.sleep(0.02)

    asyncio.run(main())
    kinds = [event.kind for event in events]
    assert kinds.index("resolved") < kinds.index("accepted") < kinds.index("verified")


class Deaf(asyncio.SelectorEventLoop):
    """A loop that listens to no sockets of others, as that of Windows."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("kind", [asyncio.SelectorEventLoop, Deaf])
def test_every_loop_is_woken(kind: Any) -> None:
    names = [f"ws-{number}.contoso.com" for number in range(20)]

    async def one(client: AsyncClient, name: str) -> list[str]:
        heard: list[str] = []
        collection = await client.collect(name, comment="x", on_event=lambda event: heard.append(event.kind))
        await collection.wait(on_event=lambda event: heard.append(event.kind))
        return heard

    async def main() -> list[list[str]]:
        async with emulator.async_client() as client:
            return await asyncio.gather(*(one(client, name) for name in names))

    with Emulator(names, quotas=False) as emulator:
        # One loop after another: each has a wakeup of its own.
        for _ in range(2):
            loop = kind()
            try:
                all_heard = loop.run_until_complete(main())
            finally:
                loop.close()
            assert len(all_heard) == len(names)
            assert all(heard[-1] == "ended" and "status" in heard for heard in all_heard)


def test_the_loop_stays_free(emulator: Emulator) -> None:
    async def main() -> int:
        client = emulator.async_client()
        collection = await client.collect("ws-042", comment="INC-42")
        waiting = asyncio.ensure_future(collection.wait())
        ticks = 0
        while not waiting.done():
            await asyncio.sleep(0.005)
            ticks += 1
        await waiting
        return ticks

    assert asyncio.run(main()) > 5


def test_cancelling_a_task_stops_the_work_behind_it() -> None:
    async def main(emulator: Emulator) -> None:
        client = emulator.async_client()
        collection = await client.collect("ws-042", comment="INC-42")
        before = collection.to_json()
        waiting = asyncio.ensure_future(collection.wait(poll_every=60))
        await asyncio.sleep(0.3)
        waiting.cancel()
        began = time.perf_counter()
        with pytest.raises(asyncio.CancelledError) as caught:
            await waiting
        assert time.perf_counter() - began < 0.5
        if sys.version_info >= (3, 11):
            # Before, asyncio raises another exception than the one that ended the task.
            assert len(caught.value.handle) >= len(before) - 20  # type: ignore[attr-defined]
        await asyncio.sleep(0.05)
        seen = len(emulator.calls)
        assert seen > 2
        await asyncio.sleep(0.5)
        assert len(emulator.calls) == seen, "nobody polls any more"
        assert '"stopped"' in collection.to_json()

    with Emulator(SLOW) as emulator:
        asyncio.run(main(emulator))


def test_wait_for_gives_up_in_time() -> None:
    async def main(emulator: Emulator) -> None:
        client = emulator.async_client()
        collection = await client.collect("ws-042", comment="INC-42")
        began = time.perf_counter()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(collection.wait(), 0.2)
        assert time.perf_counter() - began < 1
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.collect("ws-042", comment="x", key="k"), 0.0)

    with Emulator(SLOW) as emulator:
        asyncio.run(main(emulator))


def test_a_callback_that_raises_stops_the_work(emulator: Emulator) -> None:
    class Oops(Exception):
        pass

    def hear(event: Event) -> None:
        assert asyncio.get_running_loop()
        if event.kind == "status":
            raise Oops

    async def main() -> None:
        client = emulator.async_client()
        collection = await client.collect("ws-042", comment="INC-42")
        with pytest.raises(Oops):
            await collection.wait(on_event=hear)
        await collection.wait()

    asyncio.run(main())


@pytest.mark.parametrize("into", [None, "evidence"])
def test_a_callback_that_raises_leaves_the_report_of_many(into: str | None, tmp_path: Path) -> None:
    class Oops(Exception):
        pass

    def hear(event: Event) -> None:
        if event.kind == "accepted":
            raise Oops

    async def main(emulator: Emulator) -> Any:
        client = emulator.async_client()
        folder = None if into is None else tmp_path / into
        with pytest.raises(Oops) as caught:
            await client.collect_many(["ws-042", "nobody"], comment="x", into=folder, on_event=hear)
        return caught.value

    with Emulator(SLOW) as emulator:
        report = asyncio.run(main(emulator)).report
        assert {device.device: device.outcome for device in report}["ws-042"] == "stopped"
        (handle,) = report.handles
        assert emulator.client().resume(handle).id == emulator.actions[0]["id"]


def test_many_at_once() -> None:
    names = [f"ws-{number:03}.contoso.com" for number in range(40)]

    async def one(client: AsyncClient, name: str) -> str:
        collection = await client.collect(name, comment="INC-42")
        await collection.wait()
        return str(collection.status)

    async def main(emulator: Emulator) -> list[str]:
        async with emulator.async_client() as client:
            return await asyncio.gather(*(one(client, name) for name in names))

    with Emulator(names, quotas=False) as emulator:
        assert asyncio.run(main(emulator)) == ["Succeeded"] * len(names)
        assert calls(emulator, "collect") == len(names)


def test_a_loop_that_is_closed_too_early_harms_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    with Emulator(SLOW) as emulator:
        client = emulator.async_client()

        async def main() -> None:
            collection = await client.collect("ws-042", comment="INC-42")
            waiting = asyncio.ensure_future(collection.wait(poll_every=30))
            await asyncio.sleep(0.1)
            assert not waiting.done()

        asyncio.run(main())
        time.sleep(0.3)
    assert capfd.readouterr().err == ""


def test_a_second_loop_is_no_obstacle(emulator: Emulator) -> None:
    client = emulator.async_client()
    assert asyncio.run(client.find("ws-042")) == asyncio.run(client.find("ws-042"))


def test_the_sync_client_works_while_a_loop_runs(emulator: Emulator, tmp_path: Path) -> None:
    async def cell() -> mde_forensics.Package:
        return emulator.client().collect("ws-042", comment="INC-42").wait().download(tmp_path)

    assert asyncio.run(cell()).verify()


def test_a_closed_client_says_so(emulator: Emulator) -> None:
    async def main() -> None:
        client = emulator.async_client()
        await client.close()
        with pytest.raises(RuntimeError, match="closed"):
            await client.find("ws-042")

    asyncio.run(main())

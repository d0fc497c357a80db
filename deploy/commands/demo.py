"""`onecard demo`: a whole city for a minute, and the proof that its log and archive are right."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.check import Result, check
from deploy.commands import shown
from deploy.commands.archive import entries_of, print_entries
from deploy.commands.bills import yuan
from deploy.commands.check import print_uses
from deploy.commands.here import Here
from deploy.commands.shown import AsJson, out
from deploy.commands.steps import in_words
from deploy.commands.up import ByPort, Kafka, Secured, Store, Traces, platform_here
from deploy.demo.measured import Step
from deploy.demo.prepared import city_here
from deploy.demo.run import DemoResult, run
from deploy.local.jars import CHECKOUT
from deploy.local.platform import Local
from shared.trace import trace_id

FOLDER = CHECKOUT / ".onecard" / "demo"


@dataclass(frozen=True)
class Shown:
    """Everything a demo found."""

    result: DemoResult
    check: Result
    zipkin: str


def demo(
    *,
    visits: Annotated[int, typer.Option(min=1, max=100_000, help="How many residents come in.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed gives the same residents and stories.")] = 1,
    folder: Annotated[Path, typer.Option(help="Where this demo's platform lies; it begins empty.")] = FOLDER,
    kafka: Kafka = "",
    store: Store = "sqlite",
    traces: Traces = False,
    secured: Secured = False,
    by_port: ByPort = False,
    json: AsJson = False,
) -> None:
    """Bring up a fresh platform, let residents live through their visits, check everything. Status 0: all is well."""
    platform = platform_here(
        folder, kafka=kafka, store=store, traces=traces, secured=secured, by_port=by_port, fresh=True
    )
    raise typer.Exit(shown.run(_demo(platform, visits, seed, traces=traces, json=json)))


async def _demo(
    platform: AbstractAsyncContextManager[tuple[Local, Here]], visits: int, seed: int, *, traces: bool, json: bool
) -> int:
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=shown.err, disable=json,
    ) as bar:  # fmt: skip
        starting = bar.add_task("starting broker, store and services", total=1)
        async with platform as (_, here):
            bar.update(starting, completed=1)
            visiting = bar.add_task("visits", total=visits)
            city = city_here(here.secrets)
            result = await run(
                here, city, visits=visits, seed=seed, progress=lambda done, _: bar.update(visiting, completed=done)
            )
            found = await _checked(here, bar)
            bar.stop()
            status = 0 if found.status == 0 and not result.given_up and not result.slips else 1
            if json:
                shown.as_json({"status": status, **asdict(result), "check": found.as_json()})
            else:
                print_steps(result.steps)
                print_entries(await entries_of(here.urls["records"], result.archive))
                print_uses(found)
                print_ends(result, found)
            if traces:
                await _show_traces(here, result)
    return status


async def _checked(here: Here, bar: Progress) -> Result:
    tasks = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(f"checking: {what}", total=total)
        bar.update(tasks[what], completed=done, total=total)

    secret = (here.secrets / "terminal-master.key").read_bytes()
    return await check(
        here.access("operator"), here.urls, recompute=True, reference=here.reference, secret=secret, progress=progress
    )


def print_steps(steps: list[Step]) -> None:
    """What was asked, what became of it, and how long the answer took."""
    columns = ("step", "asked", "yes", "refused", "irreg.", "held", "again", "p50", "p99")
    rows = [
        (in_words(one.step), one.asked, one.answered, one.refused, one.irregular, one.held, one.repeated,
         one.p50, one.p99)
        for one in steps
    ]  # fmt: skip
    shown.table("Each step, from the request to its answer on the log (ms)", columns, rows, right=columns[1:])


def print_ends(result: DemoResult, found: Result) -> None:
    """How the visits ended, and what the check says."""
    ends = ", ".join(f"{count} {status}" for status, count in sorted(result.endings.items()))
    out.print(f"{result.visits} visits in {result.seconds} s: {ends}; {result.mischief} pieces of mischief besides.")
    entitled = ", ".join(f"{count} to {code}" for code, count in sorted(result.entitled.items())) or "nobody"
    out.print(
        f"Entitled by their cards: {entitled}; waivers took over {yuan(result.waived)}. "
        f"Replaced cards: {result.renewed.get('replace', 0)}; temporary ones made formal: "
        f"{result.renewed.get('formalize', 0)}. A parent came with {result.proxies} children.",
        highlight=False,
    )
    for slip in result.slips[:5]:
        shown.say(("not as it must be:", "red"), f" {slip}")
    for one in (*found.wrong, *found.parked, *found.held, *found.pending)[:20]:
        shown.say((one.standing, "red"), f" {one.words} {' '.join(one.events)} {one.service}")
    counts = ", ".join(f"{count} {name}" for name, count in sorted(found.counts.items()))
    verdict = "[green]The check finds nothing wrong[/]" if found.status == 0 else "[red]The check is not clean[/]"
    out.print(f"{verdict}: {counts}.")


async def _show_traces(here: Here, result: DemoResult) -> None:
    address = f"{here.zipkin}/zipkin/traces/{trace_id(result.visit)}"
    shown.err.print(f"One visit's trace: {address}\nCtrl-C ends the demo.", highlight=False, soft_wrap=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()

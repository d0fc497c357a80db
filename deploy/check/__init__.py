"""Does the log keep its promises, and is the archive what the log says? `check` is the whole of it.

Judges with rules of its own, not with the deciders; `recompute=True` runs those too, over the whole log, and compares.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from deploy.check.book import Book
from deploy.check.judge import Noted, Progress, judge, note
from deploy.check.presented import read_terminals
from deploy.check.recompute import recompute as recompute_all
from deploy.check.result import Finding, Result
from deploy.check.signatures import signatures
from deploy.check.sources import KEPT, Running, Sources
from deploy.check.tariff import read_tariff
from deploy.check.uses import Uses
from shared.adapters.kafka_access import KafkaAccess

__all__ = ["Book", "Finding", "Noted", "Result", "Running", "Sources", "check", "judge", "note"]


async def check(
    kafka: str | KafkaAccess,
    urls: Mapping[str, str],
    *,
    recompute: bool = False,
    reference: Path | None = None,
    secret: bytes = b"",
    token: str = "",
    patience: float = 10.0,
    progress: Progress = lambda _what, _done, _total: None,
) -> Result:
    """Check a running platform: all that is on its topics now.

    `urls` has the address of every service by name (records and intake must be there); `reference` is the folder that
    recomputing decides by, and where prices, the payers' rules and the kinds of terminals are; with the terminals'
    master `secret` the signatures of admitted requests are checked too;
    `token` is the operator's, where the archive asks for one; `patience` is how many seconds services that are behind
    are waited for.

    Raises LogUnavailable, httpx.HTTPError when something can't be asked; ValueError for recompute without a reference.
    """
    if recompute and reference is None:
        raise ValueError("recomputing needs the folder of the reference data")
    sources = Running(kafka, urls, token=token)
    noted = await note(sources, patience)
    with tempfile.TemporaryDirectory(prefix="onecard-check-") as scratch, Book(Path(scratch) / "book.sqlite") as book:
        tariff = read_tariff(reference) if reference else None
        signed = signatures(secret) if secret else None
        uses = Uses(read_terminals(reference)) if reference else None
        result = await judge(sources, noted, book, progress, signed=signed, tariff=tariff, uses=uses)
    if recompute and reference is not None:
        ends = {place: end for place, end in noted.ends.items() if place.topic in KEPT}
        done, total = 0, sum(ends.values())

        def step(records: int) -> None:
            nonlocal done
            done += records
            progress("recompute", done, total)

        async for finding in recompute_all(kafka, reference, ends, noted.handled, step):
            result.add([finding])
    return result

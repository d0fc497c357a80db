"""records, as the runtime sees it."""

from __future__ import annotations

from services.records.archive import KINDS, entry, same
from services.records.queries import ENTRIES, READS
from shared.runtime.archive import Archive

ARCHIVE = Archive(
    name="records",
    collections=(ENTRIES,),
    types=frozenset(KINDS),
    entry=entry,
    same=same,
    journal=(READS,),
)

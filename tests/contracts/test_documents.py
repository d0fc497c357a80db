"""What the code says about itself in docs/ is what the code says today, and can be followed."""

from __future__ import annotations

import re

import pytest

from deploy.docs.__main__ import DOCS, documents
from deploy.docs.language import PARTS, SAYING, frames, heard
from shared.decider import Service
from shared.events import REQUESTS, SERVICES, TYPES, Request
from shared.events.causes import CAUSES
from shared.events.codes import REASONS
from shared.events.edge import RESOLUTIONS
from shared.events.runtime import RuntimeEvent

PAGE = documents()["events.md"]


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_generated_document_is_committed_as_it_is_generated(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == documents()[name], "python -m deploy.docs"


def test_every_link_of_the_page_leads_to_one_heading() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = [heading.lower().replace(" ", "-") for heading in headings]
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) - set(anchors) == set()


def test_every_type_code_and_cause_is_on_the_page() -> None:
    types = {event.TYPE.format(service="<service>") for event in TYPES.values()}
    assert {name for name in {*types, *REASONS, *CAUSES} if f"`{name}`" not in PAGE} == set()


def test_every_fact_is_said_by_the_one_service_its_name_names() -> None:
    says = {fact.TYPE: name for name, part in PARTS.items() if isinstance(part, Service) for fact in part.says}
    facts = {wire: event.SAID_BY for wire, event in TYPES.items() if not issubclass(event, Request | RuntimeEvent)}
    assert says == facts


def test_every_request_is_heard_by_more_than_intake_and_guide() -> None:
    hearing = [heard(name) for name in SERVICES if name not in ("intake", "guide")]
    # Where nobody hears of cards or queues, no act of theirs can be irregular.
    idle = {one.TYPE for frame, one in RESOLUTIONS.items() if not any(frame in frames(name) for name in SAYING[1:])}
    assert {name for name in REQUESTS if not any(name in types for types in hearing)} == idle

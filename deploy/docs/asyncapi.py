"""docs/asyncapi.json: the language as an AsyncAPI 3.0 document, for tools that generate, validate or browse."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from deploy.docs.headers import schema as headers
from deploy.docs.language import PARTS, SPOKEN, heard
from shared.events import REQUESTS, SERVICES, TYPES, AnyEvent
from shared.events.base import TOPICS, CardKeyText, QueueKey
from shared.events.frames import topic_of
from shared.events.schemas import schema

Json = dict[str, Any]

REQUESTED, HAPPENED, QUEUED = "onecard.requests", TOPICS["card"], TOPICS["queue"]
CHANNELS = {
    REQUESTED: "What edges ask for and report. Edges write it, intake alone reads it. Kept 120 days.",
    HAPPENED: "What happened, in one order per card: admitted requests and all facts. Kept for ever.",
    QUEUED: "What happened to queues and wards, in one order per queue or ward. Kept for ever.",
}
KEYS = {
    "card": (CardKeyText, "The card key, the same as in the body."),
    "queue": (QueueKey, "The key of the queue or ward, the same as in the body."),
}


def document() -> Json:
    """The whole document. No server is named: where the brokers are is each deployment's own."""
    schemas: Json = {"RequestHeaders": headers(of="requests"), "FactHeaders": headers(of="facts")}
    messages = {wire: _message(wire, event, schemas) for wire, event in TYPES.items() if wire in SPOKEN}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OneCard",
            "version": "1.0.0",
            "description": "One health card for the whole visit. Every event is explained in docs/events.md.",
        },
        "defaultContentType": "application/json",
        "channels": {address: _channel(address, words, list(messages)) for address, words in CHANNELS.items()},
        "operations": _operations(list(messages)),
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "messageBindings": {keyed: {"kafka": {"key": _key(keyed), "bindingVersion": "0.5.0"}} for keyed in KEYS},
        },
    }


def _message(wire: str, event: type[AnyEvent], schemas: Json) -> Json:
    """One type. Its payload and the parts of it go into `schemas`, each once."""
    payload = schema(wire, event)
    # The dialect of the frozen files is newer than AsyncAPI's own; nothing in the language needs the newer one.
    parts = {"payload." + wire: payload, **payload.pop("$defs", {})}
    payload.pop("$schema")
    for name, part in parts.items():
        moved = json.loads(json.dumps(part).replace("#/$defs/", "#/components/schemas/"))
        if schemas.setdefault(name, moved) != moved:
            raise ValueError(f"two parts of the language are named {name}")
    of = "RequestHeaders" if wire in REQUESTS else "FactHeaders"
    typed = {"type": "object", "properties": {"ce_type": {"type": "string", "const": wire}}}
    return {
        "name": wire,
        "title": event.__name__,
        "summary": " ".join((event.__doc__ or "").split()),
        "contentType": "application/json",
        "headers": {"allOf": [{"$ref": f"#/components/schemas/{of}"}, typed]},
        "payload": {"$ref": f"#/components/schemas/payload.{wire}"},
        "bindings": {"$ref": f"#/components/messageBindings/{event.KEYED_ON}"},
    }


def _key(keyed: str) -> Json:
    kind, words = KEYS[keyed]
    return {**TypeAdapter(kind).json_schema(), "description": words}


def _channel(address: str, words: str, wires: list[str]) -> Json:
    carried = [wire for wire in wires if wire in REQUESTS] if address == REQUESTED else _on(address, wires)
    return {
        "address": address,
        "description": words,
        "messages": {wire: {"$ref": f"#/components/messages/{wire}"} for wire in carried},
        "bindings": {"kafka": {"topic": address, "bindingVersion": "0.5.0"}},
    }


def _operations(wires: list[str]) -> Json:
    """What edges and each service send and receive, in the order of the visit."""
    found: Json = {"edges.send": _operation("send", REQUESTED, [wire for wire in wires if wire in REQUESTS])}
    for name in SERVICES:
        hears = [wire for wire in wires if wire in heard(name)]
        says = [wire for wire in wires if wire.split(".")[1] == name or (name == "intake" and wire in REQUESTS)]
        read = PARTS[name].reads
        if read == (REQUESTED,):
            found[f"{name}.receive"] = _operation("receive", REQUESTED, hears)
        for topic, suffix in ((HAPPENED, ""), (QUEUED, ".queues")):
            if topic in read:
                found[f"{name}.receive{suffix}"] = _operation("receive", topic, _on(topic, hears))
            if here := _on(topic, says):
                found[f"{name}.send{suffix}"] = _operation("send", topic, here)
    return found


def _on(topic: str, wires: list[str]) -> list[str]:
    return [wire for wire in wires if topic_of(TYPES[wire]) == topic]


def _operation(action: str, address: str, wires: list[str]) -> Json:
    channel = f"#/channels/{address}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{wire}"} for wire in wires],
    }

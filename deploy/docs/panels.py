"""The panels of the dashboard that ships, row by row.

Queries take `service` to be a label of the target, as deploy/compose/prometheus sets it.
"""

from __future__ import annotations

from typing import NamedTuple

HERE = '{service=~"$service"}'
RATE = "[$__rate_interval]"
WIDE = 24


class Panel(NamedTuple):
    """One picture: its queries with the legend of each. `links` shows exemplars, dots that lead to a trace."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    words: str = ""
    width: int = 8
    links: bool = False
    steps: tuple[float, ...] = ()


def rate(name: str, by: str = "service") -> str:
    """Per second, summed."""
    return f"sum by ({by}) (rate({name}{HERE}{RATE}))"


def quantile(share: float, name: str, by: str) -> str:
    """A quantile of a histogram."""
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({name}_bucket{HERE}{RATE})))"


ROWS: dict[str, tuple[Panel, ...]] = {
    "At a glance": (
        Panel("Processes not ready", ((f"sum(1 - onecard_ready{HERE})", ""),), kind="stat", width=4, steps=(1,)),
        Panel("Processes gone", (('sum(1 - up{job="onecard"})', ""),), kind="stat", width=4, steps=(1,)),
        Panel("Records not handled", ((f"sum(onecard_lag_records{HERE})", ""),), kind="stat", width=4, steps=(1000,)),
        Panel(
            "Oldest not handled",
            ((f"max(onecard_oldest_unhandled_seconds{HERE})", ""),),
            *("s", "stat"),
            width=4,
            steps=(5, 30),
        ),
        Panel(
            "Parked streams",
            ((f"sum(max by (service) (onecard_parked_streams{HERE}))", ""),),
            kind="stat",
            words="docs/runbooks/dead-letters.md",
            width=4,
            steps=(1,),
        ),
        Panel(
            "Dead letters",
            ((f"sum(max by (service) (onecard_dead_letters_open{HERE}))", ""),),
            kind="stat",
            words="docs/runbooks/dead-letters.md",
            width=4,
            steps=(1,),
        ),
    ),
    "Does it keep up": (
        Panel("Lag by service", ((f"sum by (service) (onecard_lag_records{HERE})", "{{service}}"),)),
        Panel(
            "Age of the oldest record not handled",
            ((f"max by (service) (onecard_oldest_unhandled_seconds{HERE})", "{{service}}"),),
            "s",
            words="An ask is held for 30 s; what waits longer is felt by people. docs/runbooks/lag.md",
        ),
        Panel(
            "Lag by partition",
            ((f"max by (service, partition) (onecard_lag_records{HERE})", "{{service}} {{partition}}"),),
        ),
    ),
    "What happens": (
        Panel(
            "Events handled",
            ((rate("onecard_handled_total"), "{{service}}"), (rate("onecard_archived_records_total"), "{{service}}")),
            "eps",
        ),
        Panel("Facts said", ((rate("onecard_said_total", "type"), "{{type}}"),), "eps"),
        Panel("Refusals by reason", ((rate("onecard_refused_total", "code"), "{{code}}"),), "eps"),
    ),
    "How long it takes": (
        Panel(
            "A batch: p50 and p99",
            (
                (quantile(0.5, "onecard_batch_seconds", "service"), "p50 {{service}}"),
                (quantile(0.99, "onecard_batch_seconds", "service"), "p99 {{service}}"),
            ),
            "s",
            words="A dot is a batch with a traced visit in it; it leads to the trace.",
            links=True,
        ),
        Panel(
            "A step: p99",
            ((quantile(0.99, "onecard_step_seconds", "step"), "{{step}}"),),
            "s",
            words="load and save: the store; publish and commit: the broker.",
            links=True,
        ),
        Panel(
            "Records in a batch",
            ((f"{rate('onecard_batch_records_sum')} / {rate('onecard_batch_records_count')}", "{{service}}"),),
            words="500 is full: a service that is behind.",
        ),
    ),
    "What goes wrong": (
        Panel(
            "Set aside, by cause",
            ((rate("onecard_dead_letters_total", "service, cause"), "{{service}} {{cause}}"),),
            "eps",
        ),
        Panel("Parked, by cause", ((rate("onecard_parked_total", "service, cause"), "{{service}} {{cause}}"),), "eps"),
        Panel(
            "Rewinds, by cause", ((rate("onecard_rewinds_total", "service, cause"), "{{service}} {{cause}}"),), "eps"
        ),
        Panel("Lost races", ((rate("onecard_conflicts_total"), "{{service}}"),), "eps"),
        Panel("Ready", ((f"onecard_ready{HERE}", "{{service}} {{instance}}"),), kind="state-timeline"),
        Panel(
            "Since the last poll",
            ((f"onecard_poll_age_seconds{HERE}", "{{service}} {{instance}}"),),
            "s",
            words="From 90 s on it hangs: docs/runbooks/lag.md",
        ),
        Panel(
            "Until the brokers' certificate runs out",
            ((f"min(onecard_certificate_seconds{HERE})", "the first of them"),),
            "s",
            words="Below 7 days: docs/runbooks/access.md",
        ),
    ),
    "Processes": (
        Panel("Memory", ((f"process_resident_memory_bytes{HERE}", "{{service}} {{instance}}"),), "bytes"),
        Panel("CPU", ((f"rate(process_cpu_seconds_total{HERE}{RATE})", "{{service}} {{instance}}"),), "percentunit"),
        Panel(
            "Passed over",
            ((rate("onecard_skipped_total"), "{{service}}"),),
            "eps",
            words="Records of types for others.",
        ),
        Panel("Versions", ((f"onecard_service_info{HERE}", ""),), kind="table", width=WIDE),
    ),
}

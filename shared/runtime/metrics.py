"""Every metric of a service, with words for operators. `make docs` writes them into docs/metrics.md.

Labels take few values: types, codes and causes of the language, steps, exception classes, partitions. Never an id, a
card or a visit; those are in exemplars (trace ids of sampled visits) and in the log.
"""

from __future__ import annotations

import math
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """One process's metrics. Names end in their unit; counters get `_total` from the exposition."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        count = partial(Counter, namespace="onecard", registry=self.registry)
        gauge = partial(Gauge, namespace="onecard", registry=self.registry)
        histogram = partial(Histogram, namespace="onecard", registry=self.registry)

        self.handled = count("handled", "Events this service heard and handled.", ("type",))
        self.skipped = count("skipped", "Records passed over: their type is for other services.")
        self.archived = count("archived_records", "Records the archive has gone through (records only).")
        self.said = count("said", "Facts said and acknowledged by the broker.", ("type",))
        self.refused = count("refused", "Refusals said, by the reason people are shown.", ("code",))
        self.dead_letters = count("dead_letters", "Records set aside for people when they were read.", ("cause",))
        self.dead_letters_open = gauge(
            "dead_letters_open", "Dead letters that wait for people now, counted in the service's store."
        )
        self.parked = count("parked", "Events that parked their stream: a bug, or a version not known yet.", ("cause",))
        self.parked_streams = gauge(
            "parked_streams", "Streams parked now, counted in the service's store. Above 0: something waits for people."
        )
        self.conflicts = count("conflicts", "Lost compare-and-set races: another process saved the stream first.")
        self.rewinds = count(
            "rewinds", "Batches given back to be read again: store or broker away, or a bug.", ("cause",)
        )
        self.lag = gauge("lag_records", "Records on the log that are not handled yet.", ("topic", "partition"))
        self.oldest = gauge(
            "oldest_unhandled_seconds",
            "How long the oldest record not handled yet has been on the log; 0 when there is none.",
            ("topic", "partition"),
        )
        self.poll_age = gauge(
            "poll_age_seconds", "Seconds since the last completed poll. From 90 on the process hangs: /livez says 503."
        )
        self.certificate = gauge(
            "certificate_seconds", "Seconds until a certificate of the brokers runs out; +Inf where there is no TLS."
        )
        self.certificate.set(math.inf)
        self.batch_seconds = histogram("batch_seconds", "Time of a whole batch but its commit.", buckets=SECONDS)
        self.batch_records = histogram("batch_records", "Records in a batch; 500 is a full one.", buckets=RECORDS)
        self.step_seconds = histogram(
            "step_seconds",
            "Time of one step of a batch: read, load, decide, save, publish, commit.",
            ("step",),
            buckets=SECONDS,
        )
        self.ready = gauge("ready", "1 while /readyz answers 200, 0 while something is missing.")
        self.info = gauge("service_info", "Always 1; which service and version this process is.", ("name", "version"))

"""Whoever writes a key, with whichever client, it goes to the same partition."""

from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as theirs
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.partitioner import murmur2, partition_of


@given(st.binary(max_size=200))
def test_a_key_has_the_hash_that_other_clients_compute(key: bytes) -> None:
    assert murmur2(key) == theirs(key) & 0xFFFFFFFF


@given(st.binary(min_size=1, max_size=100), st.integers(1, 48))
def test_a_key_has_the_partition_that_other_clients_choose(key: bytes, count: int) -> None:
    every = list(range(count))
    assert partition_of(key, count) == DefaultPartitioner()(key, every, every)

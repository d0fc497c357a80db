"""Ports for what is started on this machine."""

from __future__ import annotations

import socket

from deploy.local.addresses import HIGHEST, LOWEST, free_ports


def test_no_port_is_given_out_again_before_anybody_could_listen_on_it() -> None:
    given = [port for _ in range(500) for port in free_ports(4)]
    assert len(set(given)) == len(given)
    assert all(LOWEST <= port < HIGHEST for port in given)


def test_a_port_somebody_listens_on_is_not_given_out() -> None:
    with socket.socket() as listener:
        (taken,) = free_ports(1)
        listener.bind(("127.0.0.1", taken))
        assert taken not in free_ports(HIGHEST - LOWEST)

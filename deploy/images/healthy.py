"""Whether the service in this container lives: its own /livez, asked on loopback. Run by the engine every few seconds.

Readiness is another question: who is not ready waits for something that a new start would not bring.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

OK = 200


def lives(port: int, seconds: float = 4.0) -> bool:
    """Whether /livez says yes in time."""
    asking = HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        asking.request("GET", "/livez")
        return asking.getresponse().status == OK
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()


if __name__ == "__main__":
    sys.exit(not lives(int(os.environ["ONECARD_HTTP"].rpartition(":")[2])))

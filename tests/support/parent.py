"""A parent that starts one stand-in, prints its process id and waits to be killed."""

import asyncio
import sys
from pathlib import Path

from deploy.local.processes import Processes


async def main(logs: Path) -> None:
    processes = Processes(logs)
    processes.add("standin-1", "tests.support.standin", {})
    await processes.start()
    print(processes.children["standin-1"].pid, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

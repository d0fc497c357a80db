"""Archives are used only with the bytes their manifest names."""

import hashlib
from pathlib import Path

import pytest

from deploy.local.jars import Jar, JarRefusedError, checked, kafka_jars

TRUE = b"the archive as published"
PATH = "org/example/thing/1.0/thing-1.0.jar"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    file = tmp_path / "manifest.sha256"
    file.write_text(f"{PATH} {hashlib.sha256(TRUE).hexdigest()}\n")
    return file


def test_a_tampered_copy_of_a_real_jar_is_refused(tmp_path: Path) -> None:
    jar = kafka_jars()[0]
    manifest, tampered = tmp_path / "manifest", tmp_path / "tampered.jar"
    manifest.write_text(f"{PATH} {hashlib.sha256(jar.read_bytes()).hexdigest()}\n")
    tampered.write_bytes(jar.read_bytes() + b"\0")
    with pytest.raises(JarRefusedError, match="the manifest says"):
        checked(manifest, tmp_path / "jars", lambda _: tampered)


def test_a_refused_jar_is_removed_where_it_came_from(tmp_path: Path, manifest: Path) -> None:
    source = file_of(tmp_path / "source.jar", b"something else")
    with pytest.raises(JarRefusedError):
        checked(manifest, tmp_path / "jars", lambda _: source)
    assert not source.exists()


def test_a_refused_jar_reaches_no_class_path(tmp_path: Path, manifest: Path) -> None:
    source = file_of(tmp_path / "source.jar", b"something else")
    with pytest.raises(JarRefusedError):
        checked(manifest, tmp_path / "jars", lambda _: source)
    assert list((tmp_path / "jars").glob("*.jar")) == []


def test_a_jar_changed_before_it_was_checked_is_removed(tmp_path: Path, manifest: Path) -> None:
    placed = file_of(tmp_path / "jars" / "thing-1.0.jar", b"left by somebody")
    with pytest.raises(JarRefusedError):
        checked(manifest, tmp_path / "jars", never)
    assert not placed.exists()


def test_a_refused_jar_is_fetched_again_next_time(tmp_path: Path, manifest: Path) -> None:
    with pytest.raises(JarRefusedError):
        checked(manifest, tmp_path / "jars", lambda _: file_of(tmp_path / "source.jar", b"something else"))
    (jar,) = checked(manifest, tmp_path / "jars", lambda _: file_of(tmp_path / "source.jar", TRUE))
    assert jar.read_bytes() == TRUE


def test_checked_jars_are_not_fetched_again(tmp_path: Path, manifest: Path) -> None:
    first = checked(manifest, tmp_path / "jars", lambda _: file_of(tmp_path / "source.jar", TRUE))
    assert checked(manifest, tmp_path / "jars", never) == first


def test_another_manifest_is_checked_anew(tmp_path: Path, manifest: Path) -> None:
    checked(manifest, tmp_path / "jars", lambda _: file_of(tmp_path / "source.jar", TRUE))
    manifest.write_text(f"{PATH} {hashlib.sha256(b'a newer build').hexdigest()}\n")
    with pytest.raises(JarRefusedError):
        checked(manifest, tmp_path / "jars", never)


def file_of(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def never(jar: Jar) -> Path:
    raise AssertionError(f"{jar.path} was fetched")

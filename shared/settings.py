"""What a process is told from outside: environment variables `ONECARD_…`; secrets come as files, never as values."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.adapters.kafka_access import KafkaAccess

MISCONFIGURED = 78
"""The status of a process that was told what can't be (EX_CONFIG of sysexits.h): starting it again changes nothing."""


class Settings(BaseSettings):
    """One service process. Addresses are host:port; `store` is `sqlite:<folder>`, `mongodb://…` or `memory:`.

    `kafka_user`, `kafka_password_file` and `kafka_ca_file` are those of KafkaAccess. An address of a store that carries
    a password is never `store` but the one line of `store_file`.
    """

    model_config = SettingsConfigDict(env_prefix="ONECARD_", hide_input_in_errors=True, extra="ignore")

    kafka: str = "127.0.0.1:9092"
    kafka_user: str = ""
    kafka_password_file: Path | None = None
    kafka_ca_file: Path | None = None
    store: str = "sqlite:.onecard/local/store"
    store_file: Path | None = None
    http: str = "127.0.0.1:8080"
    reference: Path = Path(".onecard/local/reference")
    secrets: Path = Path(".onecard/local/secrets")
    traces: str = ""
    trace_ratio: float = Field(default=0.01, ge=0, le=1)
    instance: str = ""
    readers: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self.kafka_access()
        try:
            self.store_address()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the store file {self.store_file} can't be read ({type(error).__name__})") from None
        if self.traces and not self.traces.startswith(("zipkin:", "otlp:")):
            raise ValueError("ONECARD_TRACES is zipkin:<url> or otlp:<url>, or empty for none")
        if urlsplit(self.store).password:
            raise ValueError("ONECARD_STORE carries a password: it belongs in a file, named in ONECARD_STORE_FILE")
        return self

    def kafka_access(self) -> KafkaAccess:
        """The brokers, and as whom to ask them."""
        return KafkaAccess(self.kafka, self.kafka_user, self.kafka_password_file, self.kafka_ca_file)

    def store_address(self) -> str:
        """Where the store is; not to be shown, since it may carry a password. OSError when its file can't be read."""
        return self.store_file.read_text(encoding="utf-8").strip() if self.store_file else self.store

    def secret(self, name: str) -> bytes:
        """The bytes of one secret file, without its last line break; empty when there is none."""
        path = self.secrets / name
        return path.read_bytes().rstrip(b"\n") if path.exists() else b""


def told() -> Settings:
    """The settings of this process; it ends with MISCONFIGURED and a sentence for each that can't be."""
    try:
        return Settings()
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False, include_context=False, include_url=False)
        misconfigured(*("".join(f"ONECARD_{part} ".upper() for part in one["loc"][:1]) + one["msg"] for one in errors))


def misconfigured(*sentences: str) -> NoReturn:
    """End this process with MISCONFIGURED and the sentences."""
    for one in sentences:
        print(f"misconfigured: {one}", file=sys.stderr)  # noqa: T201 - there is no log yet
    raise SystemExit(MISCONFIGURED) from None

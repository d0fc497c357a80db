"""What a process is told from outside: environment variables `ONECARD_…`; secrets come as files, never as values."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One service process. Addresses are host:port; `store` is `sqlite:<folder>`, `mongodb://…` or `memory:`."""

    model_config = SettingsConfigDict(env_prefix="ONECARD_", hide_input_in_errors=True, extra="ignore")

    kafka: str = "127.0.0.1:9092"
    store: str = "sqlite:.onecard/local/store"
    http: str = "127.0.0.1:8080"
    reference: Path = Path(".onecard/local/reference")
    secrets: Path = Path(".onecard/local/secrets")
    traces: str = ""
    trace_ratio: float = Field(default=0.01, ge=0, le=1)
    instance: str = ""
    readers: dict[str, str] = Field(default_factory=dict)

    def secret(self, name: str) -> bytes:
        """The bytes of one secret file, without its last line break; empty when there is none."""
        path = self.secrets / name
        return path.read_bytes().rstrip(b"\n") if path.exists() else b""

"""Settings: typed, from EC2API_* variables, a TOML file (EC2API_CONFIG) or the command line's flags."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """Every setting, each with the default that `ec2api serve` uses."""

    model_config = SettingsConfigDict(env_prefix="EC2API_", extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(8788, ge=0, le=65535)
    data_dir: Path = Path("data")
    database_url: str = ""
    """An SQLAlchemy URL; empty: an SQLite file in ``data_dir``."""
    bus_url: str = "local:"
    """``local:`` (in process) or ``amqp://user:password@host:port/vhost``."""
    key_file: Path | None = None
    """The key that encrypts secrets at rest; None: ``key`` in ``data_dir``. Every API process needs the same one."""

    regions: Annotated[tuple[str, ...], NoDecode] = ()
    """The regions that this cloud has; empty: all that AWS enables by default."""
    default_region: str = "us-east-1"
    """The region of requests without a signature."""
    zones: int = Field(0, ge=0, le=6)
    """How many zones each region has; 0: as many as AWS."""

    vpcs_per_region: int = Field(5, ge=1)
    """How many VPCs an account may have in a region; AWS's default quota."""

    auth_mode: Literal["open", "sigv4"] = "open"
    insecure: bool = False
    """Allow the ``open`` mode on an address that others can reach."""

    threads: int = Field(8, ge=1, le=256)
    """Requests that one API worker answers at the same time."""
    workers: int = Field(1, ge=1, le=64)
    """API worker processes; `serve` always has one."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_format: Literal["text", "json"] = "text"

    driver: Literal["simulated", "libvirt"] = "simulated"
    host_name: str = ""
    zone: str = ""
    simulated_boot_seconds: float = Field(0.2, ge=0)
    simulated_stop_seconds: float = Field(0.0, ge=0)
    simulated_vcpus: int = Field(100_000, ge=1)
    simulated_memory_mib: int = Field(400_000_000, ge=1)
    simulated_fail_operations: Annotated[frozenset[str], NoDecode] = frozenset()
    """Operations (define, start, stop, reboot, destroy) that fail on the simulated hypervisor."""
    simulated_fail_rate: float = Field(0.0, ge=0, le=1)

    libvirt_uri: str = "qemu:///system"
    libvirt_grace_seconds: float = Field(60, ge=0)
    """How long a guest has to obey an ACPI shutdown before it is powered off."""
    guest_memory_mib: int = Field(0, ge=0)
    """Memory of real guests whatever their type says, for small test hosts; 0: as the type says."""

    heartbeat_seconds: float = Field(5, gt=0)
    host_timeout_seconds: float = Field(30, gt=0)
    """A host not heard of for so long is down: it gets no more instances."""
    resend_seconds: float = Field(5, gt=0)
    """A wish that the host has not reached after this time is sent again."""
    status_check_seconds: float = Field(1, ge=0)
    """How long status checks of a started instance say ``initializing``."""
    terminated_visible_seconds: float = Field(3600, ge=0)
    public_cidr: str = "198.18.0.0/15"
    """Where public addresses are taken from."""

    @field_validator("regions", "simulated_fail_operations", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic's own signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        if path := os.environ.get("EC2API_CONFIG"):
            sources += (TomlConfigSettingsSource(settings_cls, toml_file=path),)
        return sources

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'ec2api.db'}"

    @property
    def key_path(self) -> Path:
        return self.key_file or self.data_dir / "key"

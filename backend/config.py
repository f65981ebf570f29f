"""Settings: typed, from EC2API_* variables, a TOML file (EC2API_CONFIG) or the command line's flags."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class Settings(BaseSettings):
    """Every setting, each with the default that `ec2api serve` uses."""

    model_config = SettingsConfigDict(env_prefix="EC2API_", extra="forbid")

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(8788, ge=0, le=65535)
    """The port to listen on."""
    tls_cert: Path | None = None
    """A certificate (PEM, with its chain): ``port`` speaks TLS, or ``tls_port`` where that is given."""
    tls_key: Path | None = None
    """The key of ``tls_cert``; None: it is in the same file."""
    tls_self_signed: bool = False
    """Make a certificate in ``data_dir`` (``tls-cert.pem``), for clients that are told to trust it."""
    tls_port: int = Field(0, ge=0, le=65535)
    """Speak TLS on this port, and plain HTTP on ``port``; 0: TLS alone, where there is a certificate."""
    domains: Annotated[tuple[str, ...], NoDecode] = ()
    """Base domains of buckets: with ``s3.example.org``, the host ``name.s3.example.org`` is the bucket ``name``."""
    data_dir: Path = Path("data")
    """The folder of everything that is kept: the database, the key, and what agents know of their guests."""
    database_url: str = ""
    """An SQLAlchemy URL; empty: an SQLite file in ``data_dir``."""
    bus_url: str = "local:"
    """``local:`` (in process) or ``amqp://user:password@host:port/vhost``."""
    blobs_dir: Path | None = None
    """The folder of what snapshots and objects hold; None: ``blobs`` in ``data_dir``. The API processes and conductors
    of a cluster need the same one."""
    key_file: Path | None = None
    """The key that encrypts secrets at rest; None: ``key`` in ``data_dir``. Every API process needs the same one."""

    regions: Annotated[tuple[str, ...], NoDecode] = ()
    """The regions that this cloud has; empty: all that AWS enables by default."""
    default_region: str = "us-east-1"
    """The region of requests without a signature."""
    zones: int = Field(0, ge=0, le=6)
    """How many zones each region has; 0: as many as AWS."""

    quotas: Literal["none", "aws"] = "none"
    """``aws``: accounts may have as much of everything as AWS allows by default, or as `ec2api quota` says."""

    bucket_defaults: Literal["classic", "secure"] = "classic"
    """``classic``: new buckets take ACLs, block no public access and encrypt nothing by themselves; ``secure``: as on
    AWS since April 2023, they have BucketOwnerEnforced, a public access block and SSE-S3."""
    notification_targets: Annotated[tuple[str, ...], NoDecode] = ()
    """Where notifications of buckets may go, as ``ARN=ADDRESS``: an http(s) URL, or ``amqp://.../vhost?queue=NAME``."""
    s3_log_delivery_seconds: float = Field(60, gt=0)
    """How often the access logs of buckets are delivered."""
    s3_day_seconds: float = Field(86400, gt=0)
    """The length of a day for the lifecycle rules of buckets: tests make it shorter."""

    auth_mode: Literal["open", "sigv4"] = "open"
    """``open``: any access key is accepted; ``sigv4``: signatures are verified, the default of `ec2api api`."""
    insecure: bool = False
    """Allow the ``open`` mode on an address that others can reach."""

    threads: int = Field(8, ge=1, le=256)
    """Requests that one API worker answers at the same time."""
    workers: int = Field(1, ge=1, le=64)
    """API worker processes; `serve` always has one."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """``info`` logs every call."""
    log_format: Literal["text", "json"] = "text"
    """``json``: one document a line."""

    driver: Literal["simulated", "libvirt"] = "simulated"
    """What runs a host's guests: nothing at all, or QEMU through libvirt."""
    host_name: str = ""
    """What this host is called; empty: the machine's name. A host keeps its name for as long as it has guests."""
    zone: str = ""
    """The Availability Zone of this host; empty: the first of the default region."""
    simulated_boot_seconds: float = Field(0.2, ge=0)
    """From power-on until a simulated guest counts as running."""
    simulated_stop_seconds: float = Field(0.0, ge=0)
    """What an ACPI shutdown of a simulated guest takes."""
    simulated_vcpus: int = Field(100_000, ge=1)
    """What each simulated host offers."""
    simulated_memory_mib: int = Field(400_000_000, ge=1)
    """What each simulated host offers."""
    simulated_fail_operations: Annotated[frozenset[str], NoDecode] = frozenset()
    """Operations (define, start, stop, power-off, reboot, destroy) that fail on the simulated hypervisor."""
    simulated_fail_rate: float = Field(0.0, ge=0, le=1)
    """The share of all operations that fail at random on the simulated hypervisor."""

    libvirt_uri: str = "qemu:///system"
    """Which libvirtd; it must run on the agent's own machine, as both open the same disk files."""
    libvirt_accelerator: Literal["auto", "kvm", "tcg"] = "auto"
    """What runs the guests' code; ``auto``: KVM where a trial guest runs on it, else QEMU's own emulator (TCG)."""
    libvirt_vcpus_per_processor: int = Field(4, ge=1)
    """How many vCPUs the host offers for each of its processors; 1: guests never share one."""
    libvirt_reserved_memory_mib: int = Field(1024, ge=0)
    """Memory of the machine that the host does not offer to guests."""
    libvirt_stop_grace_seconds: float = Field(60, ge=0)
    """How long a guest has to obey its power button before its power is cut."""
    libvirt_reboot_grace_seconds: float = Field(60, ge=0)
    """How long a guest has to obey its power button in a reboot before it is reset."""
    libvirt_disk_cache: Literal["none", "writeback", "writethrough", "directsync", "unsafe"] = "writeback"
    """QEMU's cache mode of the guests' disks; ``unsafe`` loses what they wrote when the machine fails: for tests."""
    libvirt_max_guest_memory_mib: int = Field(0, ge=0)
    """A guest gets no more memory than this, whatever its type says: for small test machines; 0: no limit."""
    libvirt_max_guest_vcpus: int = Field(0, ge=0)
    """A guest gets no more vCPUs than this, whatever its type says: for small test machines; 0: no limit."""

    heartbeat_seconds: float = Field(5, gt=0)
    """How often an agent says that its host is there."""
    host_timeout_seconds: float = Field(30, gt=0)
    """A host not heard of for so long is down: it gets no more instances."""
    resend_seconds: float = Field(5, gt=0)
    """A wish that the host has not reached after this time is sent again."""
    status_check_seconds: float = Field(1, ge=0)
    """How long status checks of a started instance say ``initializing``."""
    transition_seconds: float = Field(0.0, ge=0)
    """How long a NAT gateway, a volume, a snapshot and the like stay in a state that they leave by themselves."""
    terminated_visible_seconds: float = Field(3600, ge=0)
    """How long a terminated instance, a deleted NAT gateway and the like can still be described."""
    unowned_guest_seconds: float = Field(3600, ge=0)
    """How long a guest without an instance is left alone on its host: the database may be a wrong or an old one."""
    orphan_seconds: float = Field(3600, gt=0)
    """How long bytes that no object names are left alone: a call may be about to name them. Looked for as often."""
    public_cidr: str = "198.18.0.0/15"
    """Where public addresses are taken from."""
    public_ipv6_cidr: str = "2001:db8::/32"
    """Where the IPv6 CIDR blocks of VPCs are taken from."""

    @field_validator("regions", "domains", "notification_targets", "simulated_fail_operations", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("domains")
    @classmethod
    def _check_domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(domain.lower().strip(".") for domain in value)
        if wrong := [domain for domain in found if len(domain) > 250 or not _DOMAIN.fullmatch(domain)]:
            raise ValueError(f"not a domain: {wrong[0]}")
        return found

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if self.tls_self_signed and (self.tls_cert or self.tls_key):
            raise ValueError("tls_self_signed makes a certificate and its key: leave out tls_cert and tls_key")
        if self.tls_key and not self.tls_cert:
            raise ValueError("tls_key needs tls_cert")
        if self.tls_port and not self.tls:
            raise ValueError("tls_port needs tls_cert or tls_self_signed")
        if self.tls_port and self.tls_port == self.port:
            raise ValueError("tls_port and port must not be the same; port alone speaks TLS without tls_port")
        return self

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
    def tls(self) -> bool:
        """Whether one of the ports speaks TLS."""
        return self.tls_self_signed or self.tls_cert is not None

    @property
    def own_certificate(self) -> Path:
        return self.data_dir / "tls-cert.pem"

    @property
    def urls(self) -> tuple[str, ...]:
        """Where clients find the server: in plain HTTP, over TLS, or both in this order."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if not self.tls:
            return (f"http://{host}:{self.port}",)
        if not self.tls_port:
            return (f"https://{host}:{self.port}",)
        return f"http://{host}:{self.port}", f"https://{host}:{self.tls_port}"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'ec2api.db'}"

    @property
    def blobs_path(self) -> Path:
        return self.blobs_dir or self.data_dir / "blobs"

    @property
    def key_path(self) -> Path:
        return self.key_file or self.data_dir / "key"

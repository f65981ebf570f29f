"""Tables of the compute side: hosts, instances and key pairs."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Owned, Resource
from backend.db.models.network import NetworkInterface
from backend.db.models.storage import VolumeAttachment

LAGGING = "observed_generation < generation OR state IN ('pending', 'stopping')"
"""As SQL, of an instance whose host has not come to what is wanted: an index of its own finds these few."""


class Host(Base):
    """One compute host: its room, what is free of it, and when it was last heard of by the database's clock."""

    __tablename__ = "hosts"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    host_id: Mapped[str]
    region: Mapped[str] = mapped_column(String(32))
    zone: Mapped[str] = mapped_column(String(32))
    driver: Mapped[str]
    architectures: Mapped[str]
    """Space-separated, with a space at both ends."""
    vcpus: Mapped[int]
    memory_mib: Mapped[int] = mapped_column(BigInteger)
    free_vcpus: Mapped[int]
    free_memory_mib: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    """Launches that failed in a row; a host that keeps failing is weighed down."""
    dedicated_to: Mapped[str | None] = mapped_column(String(12))
    """The account whose dedicated instances run here, as long as some do; no other's are placed here then."""
    heard_at: Mapped[datetime]
    unowned: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Guests that no row knows, by id: when they were first heard of, in seconds since the epoch."""

    __table_args__ = (Index(None, "region", "zone", "free_vcpus"),)


class Instance(Resource):
    """One instance: what is wanted of it (``desired``, ``generation``), and what its host last reported (``observed``).

    ``state`` is what EC2 shows: a pure function of the two, written by ``backend.states`` only. ``options`` holds
    members of EC2's Instance that are shown as they were set: MetadataOptions, CpuOptions, ...
    """

    __tablename__ = "instances"
    KIND, PREFIX, NOUN = "instance", "i", "instance"
    NOT_FOUND, MALFORMED = "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"

    reservation_id: Mapped[str] = mapped_column(index=True)
    launch_index: Mapped[int]
    launch_time: Mapped[datetime] = mapped_column(default=clock.this_second)
    client_token: Mapped[str] = mapped_column(default="")

    desired: Mapped[str] = mapped_column(default="running")
    generation: Mapped[int] = mapped_column(default=1)
    power_generation: Mapped[int] = mapped_column(default=1)
    """The newest generation that changed ``desired``."""
    observed: Mapped[str | None]
    observed_generation: Mapped[int] = mapped_column(default=0)
    observed_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    sent_at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[str] = mapped_column(default="pending")
    reboots: Mapped[int] = mapped_column(default=0)
    force_stop: Mapped[bool] = mapped_column(default=False)

    state_reason_code: Mapped[str | None]
    state_reason_message: Mapped[str | None]
    transition_reason: Mapped[str] = mapped_column(default="")
    running_since: Mapped[datetime | None]
    terminated_at: Mapped[datetime | None]

    host: Mapped[str | None] = mapped_column(index=True)
    launch_attempts: Mapped[int] = mapped_column(default=1)
    claimed_vcpus: Mapped[int] = mapped_column(default=0)
    claimed_memory_mib: Mapped[int] = mapped_column(default=0)
    vcpus: Mapped[int]
    memory_mib: Mapped[int]

    image_id: Mapped[str]
    instance_type: Mapped[str]
    architecture: Mapped[str]
    zone: Mapped[str]
    key_name: Mapped[str | None]
    public_key: Mapped[str | None]
    """The key pair's, as it was at the launch."""
    vpc_id: Mapped[str | None] = mapped_column(index=True)
    subnet_id: Mapped[str | None] = mapped_column(index=True)
    private_ip: Mapped[str | None]
    private_dns_name: Mapped[str] = mapped_column(default="")
    public_ip: Mapped[str | None]
    public_dns_name: Mapped[str] = mapped_column(default="")
    ipv6_address: Mapped[str | None]
    source_dest_check: Mapped[bool | None]

    root_device_name: Mapped[str | None]
    root_device_type: Mapped[str] = mapped_column(default="ebs")
    virtualization_type: Mapped[str] = mapped_column(default="hvm")
    hypervisor: Mapped[str] = mapped_column(default="xen")
    boot_mode: Mapped[str | None]
    current_boot_mode: Mapped[str] = mapped_column(default="legacy-bios")
    ena_support: Mapped[bool] = mapped_column(default=True)
    sriov_net_support: Mapped[str | None]
    ebs_optimized: Mapped[bool] = mapped_column(default=False)
    platform: Mapped[str | None]
    platform_details: Mapped[str] = mapped_column(default="Linux/UNIX")
    usage_operation: Mapped[str] = mapped_column(default="RunInstances")
    kernel_id: Mapped[str | None]
    ramdisk_id: Mapped[str | None]
    iam_instance_profile: Mapped[dict[str, Any] | None]
    monitoring: Mapped[str] = mapped_column(default="disabled")
    tenancy: Mapped[str] = mapped_column(default="default")
    affinity: Mapped[str | None]
    placement_group: Mapped[str | None]
    placement_group_id: Mapped[str | None] = mapped_column(index=True)
    partition_number: Mapped[int | None]
    host_resource_id: Mapped[str | None] = mapped_column(index=True)
    """The dedicated host."""
    capacity_reservation_id: Mapped[str | None] = mapped_column(index=True)
    lifecycle: Mapped[str | None]
    """spot, or None for an instance on demand."""
    spot_request_id: Mapped[str | None]
    fleet_id: Mapped[str | None]
    """The EC2 Fleet or Spot Fleet that launched it."""
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    credit: Mapped[str | None]
    """cpu credits of a burstable type: standard or unlimited."""

    disable_api_termination: Mapped[bool] = mapped_column(default=False)
    disable_api_stop: Mapped[bool] = mapped_column(default=False)
    shutdown_behavior: Mapped[str] = mapped_column(default="stop")
    user_data: Mapped[str | None]

    INDEXES = (
        Index("ix_instances_lagging", "sent_at", sqlite_where=text(LAGGING), postgresql_where=text(LAGGING)),
        Index(
            "ix_instances_terminated",
            "terminated_at",
            sqlite_where=text("terminated_at IS NOT NULL"),
            postgresql_where=text("terminated_at IS NOT NULL"),
        ),
        Index(None, "account", "region", "state"),
    )

    interfaces: Mapped[list[NetworkInterface]] = relationship(
        NetworkInterface,
        primaryjoin=lambda: foreign(NetworkInterface.instance_id) == Instance.id,
        order_by=NetworkInterface.device_index,
        viewonly=True,
    )
    attachments: Mapped[list[VolumeAttachment]] = relationship(
        VolumeAttachment,
        primaryjoin=lambda: foreign(VolumeAttachment.instance_id) == Instance.id,
        order_by=VolumeAttachment.row,
        viewonly=True,
    )


class ConsoleOutput(Base):
    """The newest serial output of an instance, as its host last sent it (zlib)."""

    __tablename__ = "console_outputs"

    instance_id: Mapped[str] = mapped_column(primary_key=True)
    output: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class KeyPair(Resource):
    __tablename__ = "key_pairs"
    KIND, PREFIX, NOUN = "key-pair", "key", "key pair"
    NOT_FOUND, MALFORMED = "InvalidKeyPair.NotFound", "InvalidKeyPairId.Malformed"

    name: Mapped[str]
    key_type: Mapped[str]
    fingerprint: Mapped[str]
    public_key: Mapped[str]

    INDEXES = (UniqueConstraint("account", "region", "name"),)


class AccountAttribute(Owned, Base):
    """What an account set for itself in a region, by AWS's name of the attribute."""

    __tablename__ = "account_attributes"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]

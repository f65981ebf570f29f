"""What one guest needs of a host."""

from dataclasses import dataclass

SIMULATED = "simulated"
"""The driver of hosts whose guests need no bytes on their disks."""


@dataclass(frozen=True)
class Request:
    vcpus: int
    memory_mib: int
    architecture: str
    region: str
    zone: str | None = None
    """None: any zone of the region."""
    driver: str | None = None
    """None: any, and a host that runs real guests before one that does not."""

    def fits(self, free_vcpus: int, free_memory_mib: int) -> int:
        """How many such guests fit."""
        return min(free_vcpus // self.vcpus, free_memory_mib // self.memory_mib)

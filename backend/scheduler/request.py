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
    tenant: str | None = None
    """An account that shares its hosts with no other; None for guests that run beside any."""
    apart: bool = False
    """Each guest on a host of its own."""

    def fits(self, free_vcpus: int, free_memory_mib: int, *, simulated: bool = False) -> int:
        """How many such guests a host takes with so much room. A simulated host stands for as many as one likes."""
        fit = min(free_vcpus // self.vcpus, free_memory_mib // self.memory_mib)
        return min(fit, 1) if self.apart and not simulated else fit

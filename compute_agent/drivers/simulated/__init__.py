"""A hypervisor that runs nothing, for embedded servers and for tests."""

from compute_agent.drivers.simulated.driver import Simulated
from compute_agent.drivers.simulated.settings import OPERATIONS, TAG, SimulatedSettings

__all__ = ["OPERATIONS", "TAG", "Simulated", "SimulatedSettings"]

"""A city that lives in wall-clock time, through the public HTTP API and nothing else.

Simulated residents call, simulated crews drive and report, and a simulated desk takes
what no person has touched for a while. A person who takes a call or sends a unit is
never overruled: crews carry out whatever they are sent to.
"""

from .driver import Driver
from .scene import Address, Scene

__all__ = ["Address", "Driver", "Scene"]

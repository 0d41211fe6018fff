"""On what a figure was measured."""

import os
import platform
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Moment:
    """How busy the machine was when a measurement began."""

    load: float  # runnable processes, averaged over a minute
    busy: tuple[float, ...]  # CPU seconds of the whole machine so far, as psutil orders them


def moment() -> Moment:
    """Now."""
    return Moment(os.getloadavg()[0], psutil.cpu_times())


def machine(began: Moment) -> dict[str, object]:
    """Cores, Python, the load before and after, and how much of the machine was in use."""
    spent = [after - before for before, after in zip(began.busy, psutil.cpu_times(), strict=True)]
    idle = psutil.cpu_times()._fields.index("idle")
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(began.load, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "cpu_in_use": round(1 - spent[idle] / max(sum(spent), 0.001), 2),
    }

"""How a session fares at this moment: what gets lost, how long a round takes, what is sent."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Condition:
    """None where nothing was heard yet; the share lost is 0 to 1, rates are bits per second."""

    lost: float = 0.0
    round_trip: timedelta | None = None
    usable: int | None = None  # what a viewer's link is believed to carry
    bitrate: int = 0
    layers: dict[str, str] = field(default_factory=dict)  # by MID: what flows, or what comes

"""Whether a viewer loses more than its link always loses: chance is no reason to send less."""

from typing import Final

SMOOTHING: Final = 0.5  # of the newest report; Chromium sends four to five reports a second
SUDDEN: Final = 0.35  # above the usual: that is no chance, whatever came before
NOTABLE: Final = 0.08  # above the usual
LEARNING: Final = 0.05  # of what a link loses anyway: about four seconds of reports
SETTLING: Final = 0.25  # where no more is sent than a link carries: that is lost anyway
FORGETTING: Final = 0.1  # a link that gets better is believed at once
FEW: Final = 3  # reports, until then nothing is usual
MOST_USUAL: Final = 0.15  # a link that loses more than that is full, whatever it did before


class LossLevel:
    """Shares of packets lost, 0 to 1: of late, and usually."""

    def __init__(self) -> None:
        self.recent = 0.0
        self.usual = 0.0
        self.lasts = False  # whether the last two reports both told of more than is usual
        self._exceeds = False
        self._reports = 0

    @property
    def is_known(self) -> bool:
        """Whether there were enough reports to tell what is usual."""
        return self._reports >= FEW

    @property
    def excess(self) -> float:
        """By how much the recent share is above the usual one."""
        return max(0.0, self.recent - self.usual)

    def add(self, fraction: float, *, learn: bool, fast: bool = False) -> None:
        """Take the share of one report; `learn` unless the link may be full for once.

        `fast`: the link is not full, so that nothing but chance is left.
        """
        exceeds = fraction - self.usual > NOTABLE
        self.lasts, self._exceeds = exceeds and self._exceeds, exceeds
        self._reports += 1
        first = 1 / self._reports  # the plain average until there are enough
        if fraction - self.usual > SUDDEN:
            self.recent = fraction
        self.recent += (fraction - self.recent) * max(SMOOTHING, first)
        usual = min(self.recent, MOST_USUAL)
        if usual < self.usual:
            self.usual += (usual - self.usual) * FORGETTING
        elif learn or fast:
            self.usual += (usual - self.usual) * max(SETTLING if fast else LEARNING, first)

    def settle(self) -> None:
        """Forget what a load that has ended did."""
        self.recent = self.usual

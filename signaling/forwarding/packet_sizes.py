"""How large packets were of late, by SSRC: reports count packets, links carry bytes."""

from collections.abc import Iterable
from typing import Final

from signaling.forwarding.outbound import OutboundTrack

OTHERS: Final = -1  # in place of an SSRC: repeats, probes and reports of ours together


class PacketSizes:
    """Bytes of a packet since the last look, or before where there was none."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, int, float]] = {}  # packets, bytes, size

    def read(self, outputs: Iterable[OutboundTrack], others: tuple[int, int]) -> dict[int, float]:
        """By SSRC; `others`: packets and bytes of all that is not media, up to now."""
        again = self._mean(OTHERS, *others)
        sizes: dict[int, float] = {}
        for output in outputs:
            packets, _, size = output.flowed
            sizes[output.section.ssrc] = self._mean(output.section.ssrc, packets, size)
            if output.section.rtx_ssrc is not None:
                sizes[output.section.rtx_ssrc] = again
        return sizes

    def _mean(self, ssrc: int, packets: int, size: int) -> float:
        last_packets, last_size, mean = self._last.get(ssrc, (0, 0, 0.0))
        if packets > last_packets:
            mean = (size - last_size) / (packets - last_packets)
        self._last[ssrc] = packets, size, mean
        return mean

"""Reports that tell nothing new: what may stay unread, and what never may."""

from datetime import timedelta

import pytest

from signaling.forwarding import rtcp_build
from signaling.forwarding.calm import CalmReports
from signaling.forwarding.rtcp import ReportBlock

NOW = timedelta(seconds=50)
MS = timedelta(milliseconds=1)


def compound(bitrate: int, *, lost: int = 0, streams: int = 2) -> bytes:
    blocks = [ReportBlock(ssrc, lost, 0, 77, 3, 0, 0) for ssrc in range(streams)]
    estimate = rtcp_build.receiver_estimate(1, bitrate, [9])
    return rtcp_build.receiver_report(1, blocks) + estimate


def heard() -> CalmReports:
    reports = CalmReports()
    assert not reports.repeats(compound(1_000_000), NOW)
    return reports


def test_the_same_or_a_higher_estimate_without_loss_may_stay_unread() -> None:
    reports = heard()
    assert reports.repeats(compound(1_000_000), NOW + 200 * MS)
    assert reports.repeats(compound(1_080_000), NOW + 400 * MS)


def test_after_a_second_a_report_is_read_again() -> None:
    reports = heard()
    assert not reports.repeats(compound(1_000_000), NOW + 1000 * MS)
    assert reports.repeats(compound(1_000_000), NOW + 1200 * MS)


@pytest.mark.parametrize(
    "news",
    [
        compound(900_000),
        compound(500_000_000 >> 12),
        compound(1_000_000, lost=1),
        rtcp_build.receiver_report(1, []),
        rtcp_build.receiver_estimate(1, 2_000_000, [9]),
        rtcp_build.nack(1, 2, [3]),
        rtcp_build.picture_loss(1, 2),
        compound(1_000_000) + rtcp_build.picture_loss(1, 2),
        compound(1_000_000)[:-4],
    ],
)
def test_anything_else_is_read(news: bytes) -> None:
    assert not heard().repeats(news, NOW + 10 * MS)

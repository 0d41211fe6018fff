"""What Prometheus is told about media workers."""

import pytest

from signaling.workers.messages import SessionStatistics, Statistics
from web.metrics import exposition

WORKER = Statistics(
    request=1,
    worker="w-1",
    dropped={"duplicate": 3},
    totals={"packets_in": 10, "packets_out": 500, "instant": 4, "waited": 2, "switches": 6},
    backlog=7,
    lag=0.25,
    sessions=(SessionStatistics(session="a"),),
)


@pytest.mark.parametrize(
    "line",
    [
        'daigang_media_sessions{worker="w-1"} 1.0',
        'daigang_media_packets_total{direction="in",worker="w-1"} 10.0',
        'daigang_media_packets_total{direction="out",worker="w-1"} 500.0',
        'daigang_media_pictures_total{how="instant",worker="w-1"} 4.0',
        'daigang_media_pictures_total{how="key",worker="w-1"} 2.0',
        'daigang_media_switches_total{worker="w-1"} 6.0',
        'daigang_media_dropped_total{reason="duplicate",worker="w-1"} 3.0',
        'daigang_media_send_backlog{worker="w-1"} 7.0',
        'daigang_media_lag_seconds{worker="w-1"} 0.25',
    ],
)
def test_a_worker_is_counted_under_its_name(line: str):
    assert line in exposition({}, None, (WORKER,)).decode().splitlines()

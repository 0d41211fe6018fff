"""What Prometheus is told about media workers: one label value for each."""

from collections.abc import Iterator, Sequence

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from signaling.workers.messages import Statistics

BY_DIRECTION = {
    "packets": ("Packets of RTP and RTCP.", "packets_in", "packets_out"),
    "bytes": ("Bytes of plain packets.", "bytes_in", "bytes_out"),
    "nacks": ("Requests to send packets again.", "nacks_in", "nacks_out"),
    "key_frame_requests": (
        "Requests for a whole picture.",
        "keyframe_requests_in",
        "keyframe_requests_out",
    ),
}
PLAIN = {
    "resent": "Packets that viewers got again.",
    "switches": "Changes from one simulcast layer to another.",
    "pauses": "Pictures that were paused because a viewer's link did not carry them.",
}


def media_metrics(workers: Sequence[Statistics]) -> Iterator[Metric]:
    """The counters and the load of every worker that answered."""
    label = ("worker",)
    sessions = GaugeMetricFamily("daigang_media_sessions", "Media sessions now.", labels=label)
    backlog = GaugeMetricFamily(
        "daigang_media_send_backlog", "Datagrams that wait for the kernel.", labels=label
    )
    lag = GaugeMetricFamily(
        "daigang_media_lag_seconds",
        "The worst lateness of a worker's loop within ten seconds.",
        labels=label,
    )
    for one in workers:
        sessions.add_metric((one.worker,), len(one.sessions))
        backlog.add_metric((one.worker,), one.backlog)
        lag.add_metric((one.worker,), one.lag)
    yield from (sessions, backlog, lag)
    yield from _counters(workers)


def _counters(workers: Sequence[Statistics]) -> Iterator[Metric]:
    for name, (text, received, sent) in BY_DIRECTION.items():
        family = CounterMetricFamily(f"daigang_media_{name}", text, labels=("worker", "direction"))
        for one in workers:
            family.add_metric((one.worker, "in"), one.totals.get(received, 0))
            family.add_metric((one.worker, "out"), one.totals.get(sent, 0))
        yield family
    for name, text in PLAIN.items():
        family = CounterMetricFamily(f"daigang_media_{name}", text, labels=("worker",))
        for one in workers:
            family.add_metric((one.worker,), one.totals.get(name, 0))
        yield family
    began = CounterMetricFamily(
        "daigang_media_pictures",
        "Pictures that began to flow to a viewer: from the cache, or with a key frame.",
        labels=("worker", "how"),
    )
    dropped = CounterMetricFamily(
        "daigang_media_dropped", "Packets that went nowhere.", labels=("worker", "reason")
    )
    for one in workers:
        began.add_metric((one.worker, "instant"), one.totals.get("instant", 0))
        began.add_metric((one.worker, "key"), one.totals.get("waited", 0))
        for reason, count in sorted(one.dropped.items()):
            dropped.add_metric((one.worker, reason), count)
    yield from (began, dropped)

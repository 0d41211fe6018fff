"""The desk with files but without a process: a slow disk, and outputs that nobody asked for."""

from datetime import timedelta
from pathlib import Path

from signaling.outputs import messages
from signaling.outputs.desk import Desk
from signaling.outputs.packets import MediaPacket, SenderClock, SourceEnded
from tests.signaling.outputs.sources import START, Publisher
from tests.signaling.outputs.watching import watch

RECORDING = "0123456789abcdef0123456789abcdef"
STOOD_STILL = timedelta(seconds=20)


def desk(folder: Path, reports: list[messages.Report]) -> Desk:
    return Desk(folder, keep_free=0, report=reports.append, ask=lambda *_: None)


def test_what_waited_while_the_disk_stood_still_is_recorded_as_if_it_had_not(tmp_path: Path):
    reports: list[messages.Report] = []
    writer = desk(tmp_path, reports)
    writer.carry_out(
        messages.BeginRecording(
            recording=RECORDING,
            part=1,
            sections=(("0", "audio"), ("1", "video")),
            size=1 << 30,
            seconds=3600,
        ),
        START,
    )
    for message in Publisher("vp8", 5, output=RECORDING).messages():
        assert isinstance(message, MediaPacket | SenderClock)
        late = STOOD_STILL if message.arrived_at > START + timedelta(seconds=2) else timedelta(0)
        writer.receive(message, 1, message.arrived_at + late)
        writer.tick(message.arrived_at + late)
    assert writer.writing == {f"{RECORDING}-1.webm"}
    writer.close()
    ended = reports[-1]
    assert isinstance(ended, messages.PartEnded)
    seen = watch(tmp_path / f"{RECORDING}-1.webm")
    assert [round(at, 1) for at in seen.tones] == [0, 1, 2, 3, 4]
    assert max(abs(offset) for offset in seen.offsets) < 0.040
    assert (ended.lost, ended.dropped) == (0, 0)


def test_what_is_for_nobody_is_left(tmp_path: Path):
    reports: list[messages.Report] = []
    writer = desk(tmp_path, reports)
    writer.receive(SourceEnded("nobody"), 1, START)
    writer.lost(1)
    writer.carry_out(messages.EndRecording(recording="nobody", reason="stopped"), START)
    assert reports == []

"""Opus packets: how long they are, and silence that decodes."""

import av
import numpy as np
import pytest

from signaling.outputs import opus
from tests.signaling.outputs.sources import sounds


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (b"", 0),
        (b"\xf8", 960),  # CELT, 20 ms, one frame
        (b"\xf9", 1920),  # two frames
        (b"\xfa\x01", 1920),  # two frames of different size
        (b"\xfb\x03", 2880),  # three, said by the second byte
        (b"\xfb", 0),
        (b"\xfb\x3f", 0),  # longer than 120 ms
        (b"\x18", 2880),  # SILK, 60 ms
        (b"\x60", 480),  # hybrid, 10 ms
        (b"\x68", 960),
        (b"\x80", 120),  # CELT, 2.5 ms
    ],
)
def test_the_first_bytes_say_how_long_a_packet_is(packet: bytes, samples: int):
    assert opus.duration(packet) == samples


def test_what_an_encoder_makes_lasts_20_ms():
    assert {opus.duration(packet) for packet in sounds(1)} == {960}


def test_silence_is_as_long_as_it_was_asked_for_but_for_less_than_a_packet():
    packets = list(opus.silence(960 * 3 + 480 + 240 + 120 + 119))
    assert [length for _, length in packets] == [960, 960, 960, 480, 240, 120]
    assert all(opus.duration(data) == length for data, length in packets)
    assert list(opus.silence(-5)) == []


def test_silence_is_silent_in_the_middle_of_sound():
    decoder = av.CodecContext.create("opus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    loud, quiet = list(sounds(1)[:3]), [data for data, _ in opus.silence(960 * 8 + 840)]
    heard = []
    for data in [*loud, *quiet]:
        heard += [np.abs(f.to_ndarray()).max() for f in decoder.decode(av.Packet(data))]
    assert max(heard[:3]) > 0.2
    assert max(heard[6:]) < 0.001

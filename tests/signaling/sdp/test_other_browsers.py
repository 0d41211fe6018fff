"""What Firefox and Safari offer that Chromium does not: extensions of one way, other numbers."""

import pytest

from signaling.sdp.policy import DOWNLINK, MID, REPAIRED_RID, RID, UPLINK, Policy
from tests.signaling.sdp.offers import changed, offer
from tests.signaling.sdp.test_answer import agreement, answered, codec_numbers


def test_an_extension_of_one_way_is_answered_the_other_way_round():
    video = answered(offer("firefox_whip_simulcast")).media[1]  # RFC 8285 §6
    directions = {known.uri: known.direction for known in video.extensions}
    assert (directions[RID], directions[REPAIRED_RID]) == ("recvonly", "recvonly")
    assert directions[MID] is None


@pytest.mark.parametrize(
    ("name", "policy", "way"), [("whip", UPLINK, "recvonly"), ("whep", DOWNLINK, "sendonly")]
)
def test_an_extension_of_the_way_that_nothing_goes_is_not_answered(
    name: str, policy: Policy, way: str
):
    theirs = "a=sendonly" if name == "whip" else "a=recvonly"
    lines = (f"a=extmap:4 {MID}", f"a=extmap:4/{way} {MID}"), (theirs, "a=sendrecv")
    section = agreement(changed(f"chromium_{name}", *lines), policy).sections[0]
    assert MID not in {known.uri for known in section.extensions}


def test_firefox_and_safari_are_answered_in_their_own_numbers():
    firefox, safari = agreement(offer("firefox_whip_simulcast")), agreement(offer("safari_whip"))
    assert codec_numbers(firefox, 0) == [(109, None)]
    assert codec_numbers(firefox, 1) == [(120, 124), (126, 127)]
    assert codec_numbers(safari, 1) == [(98, 99), (106, 107)]  # H.264 first, as Safari likes it
    assert codec_numbers(agreement(offer("firefox_whep"), DOWNLINK), 2) == [
        (120, 124),
        (126, 127),
        (105, 106),
    ]
    assert codec_numbers(agreement(offer("safari_whep"), DOWNLINK), 2) == [
        (96, 97),
        (98, 99),
        (106, 107),
    ]


def test_firefox_without_its_h264_plugin_is_answered_with_vp8_alone():
    found = agreement(offer("firefox_153_whip"))  # as it was sent
    assert codec_numbers(found, 1) == [(120, 124)]
    assert found.sections[1].layers == ("low", "medium", "high")
    assert len(found.sections[1].rtx_ssrcs) == 3

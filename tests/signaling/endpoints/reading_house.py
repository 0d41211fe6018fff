"""A house that reads for real and opens nothing: quick, for hostile requests."""

from signaling.engine import media_door
from signaling.grants import Grant, GrantSigner
from signaling.sdp.policy import DOWNLINK, UPLINK, Policy
from signaling.workers import negotiation
from signaling.workers.opened import IceRestarted, Opened
from signaling.workers.preconditions import require_match
from tests.signaling.endpoints.house import NOW, House


class ReadingHouse(House):
    """Reads offers and fragments for real; opens nothing, and lets a grant be used again."""

    def __init__(self) -> None:
        self.now = NOW
        self.signer = GrantSigner(b"a key of the tests, nothing else")

    async def publish(self, _grant: Grant, offer_text: str, _address: str) -> Opened:
        return _read(offer_text, UPLINK)

    async def subscribe(
        self, _grant: Grant, offer_text: str, _address: str, publication: str | None
    ) -> Opened:
        if publication is not None:
            media_door._name(publication)
        return _read(offer_text, DOWNLINK)

    async def restart(
        self, _grant: Grant, _session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None:
        negotiation.read_fragment(fragment_text)
        require_match(if_match, "etag")
        return IceRestarted(fragment_text, "etag-2")

    async def end(self, _grant: Grant, _session: str) -> None:
        return


def _read(offer_text: str, policy: Policy) -> Opened:
    agreement = negotiation.agree_on(offer_text, policy)
    return Opened("session", f"{len(agreement.sections)}", "etag", ())

"""What several messages are made of."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signaling.rooms.values import Check, Kind, ParticipantId, Presence, Role, Source

VERSION = 1
MAX_HEIGHT = 8_640  # 16K; no screen is higher
SUBPROTOCOL = "daigang.room.1"  # Sec-WebSocket-Protocol; the version is part of the name


class Wire(BaseModel):
    """A frozen message or part of one; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Wire):
    """A participant as the others see them."""

    id: ParticipantId
    name: str
    name_latin: str = ""  # for readers of Latin letters; empty where it is the same
    role: Role
    presence: Presence
    connected: bool  # the socket is alive
    media: bool  # at least one media session is up
    camera: Check
    microphone: Check
    muted: bool
    camera_off: bool
    seat_until: datetime | None  # while the socket is lost: how long the seat is kept


class ChatLine(Wire):
    """One line of chat; `line` counts the chat of this room, `number` the room's messages."""

    line: int
    sender: ParticipantId
    name: str
    name_latin: str = ""
    text: str
    at: datetime
    private: bool  # True: between the panel and somebody who waits
    key: str  # the sender's own mark, so that a repeated send is one line


class Timer(Wire):
    """The clock of the interview; pages count from `now`, never from their own clock."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    started_at: datetime | None  # when panel and candidate first met


class MapSection(Wire):
    """Which publication flows into one section of the reader's WHEP session."""

    mid: str
    kind: Kind
    participant: ParticipantId
    source: Source


class PictureLimit(Wire):
    """How high one picture is shown: 0 is hidden, null is no limit."""

    mid: Annotated[str, StringConstraints(min_length=1, max_length=16)]
    height: Annotated[int, Field(ge=0, le=MAX_HEIGHT)] | None  # pixels of the screen


Count = Annotated[int, Field(ge=0, le=2**31 - 1)]  # a picture of 60 fps for a year


class PictureSeen(Wire):
    """What a browser counted of one picture since its session began (webrtc-stats §8.6)."""

    mid: Annotated[str, StringConstraints(min_length=1, max_length=16)]
    freezes: Count = 0
    frozen: Count = 0  # milliseconds, all freezes together
    dropped: Count = 0  # frames that came and were not shown

    def or_more(self, other: "PictureSeen") -> "PictureSeen":
        """The larger of both counts: they only grow."""
        return PictureSeen(
            mid=self.mid,
            freezes=max(self.freezes, other.freezes),
            frozen=max(self.frozen, other.frozen),
            dropped=max(self.dropped, other.dropped),
        )

    def since(self, before: "PictureSeen") -> "PictureSeen":
        """What was counted after that."""
        return PictureSeen(
            mid=self.mid,
            freezes=self.freezes - before.freezes,
            frozen=self.frozen - before.frozen,
            dropped=self.dropped - before.dropped,
        )


class MediaEndpoint(Wire):
    """Where to POST an offer, and the bearer token for it."""

    url: str
    token: str


class IceServer(Wire):
    """A STUN or TURN server as RTCIceServer has it; STUN needs no credential."""

    urls: tuple[str, ...]
    username: str | None
    credential: str | None

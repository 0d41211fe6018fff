"""What a page says to the room."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter

from signaling.rooms.messages.parts import PictureLimit, PictureSeen, Wire
from signaling.rooms.values import Check, DeviceId, ParticipantId

CHAT_LENGTH = 1000  # characters: a long paragraph; files and essays belong elsewhere
MAX_LIMITS = 32  # a subscription has at most so many video sections
MESSAGE_BYTES = 16 * 1024  # four times the longest chat line in UTF-8, with room for the token

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=CHAT_LENGTH)
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Hello(Wire):
    """The first message of every connection: the grant, the device, the last number seen."""

    type: Literal["hello"] = "hello"
    version: Literal[1] = 1
    token: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    device: Annotated[DeviceId, StringConstraints(min_length=8, max_length=64)]
    admission: str | None = Field(default=None, max_length=4096)  # from grants
    life: str | None = Field(default=None, max_length=64)  # from welcome; numbers belong to it
    last_seen: int | None = Field(default=None, ge=0)


class DeviceState(Wire):
    """How far the device check has got."""

    type: Literal["device-state"] = "device-state"
    camera: Check
    microphone: Check


class MediaState(Wire):
    """Whether the microphone is muted and the camera is off."""

    type: Literal["media-state"] = "media-state"
    muted: bool
    camera_off: bool


class SetLimits(Wire):
    """How high the page shows the pictures that it receives; what is not named stays as it was."""

    type: Literal["set-limits"] = "set-limits"
    limits: tuple[PictureLimit, ...] = Field(min_length=1, max_length=MAX_LIMITS)


class TellPictures(Wire):
    """What the browser counted of the pictures that come down; what is not named is as before."""

    type: Literal["tell-pictures"] = "tell-pictures"
    pictures: tuple[PictureSeen, ...] = Field(min_length=1, max_length=MAX_LIMITS)


class StopScreen(Wire):
    """Stop the screen that is shared: the panel may, whoever shares it."""

    type: Literal["stop-screen"] = "stop-screen"


class SendChat(Wire):
    """A line of chat: from the waiting room to the panel; `to` is for the panel's answer."""

    type: Literal["send-chat"] = "send-chat"
    text: Text
    key: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    to: Annotated[ParticipantId, StringConstraints(max_length=128)] | None = None


class Admit(Wire):
    """The panel lets somebody in."""

    type: Literal["admit"] = "admit"
    participant: Annotated[ParticipantId, StringConstraints(min_length=1, max_length=128)]


class Decline(Wire):
    """The panel does not let somebody in."""

    type: Literal["decline"] = "decline"
    participant: Annotated[ParticipantId, StringConstraints(min_length=1, max_length=128)]


class End(Wire):
    """The panel ends the interview for everybody and says how it went."""

    type: Literal["end"] = "end"
    outcome: Literal["done", "no-show"]


class Leave(Wire):
    """Give up the seat (a lost socket keeps it)."""

    type: Literal["leave"] = "leave"


class TakeOver(Wire):
    """The newer device takes the seat (answer to `seat-taken`)."""

    type: Literal["take-over"] = "take-over"


class RenewGrants(Wire):
    """Ask for fresh tokens: each opens one media session."""

    type: Literal["renew-grants"] = "renew-grants"


class Ping(Wire):
    """Ask for `pong`; measures the way to the server and back."""

    type: Literal["ping"] = "ping"
    nonce: int = Field(ge=0, le=2**53 - 1)


AfterHello = (
    DeviceState
    | MediaState
    | SetLimits
    | TellPictures
    | StopScreen
    | SendChat
    | Admit
    | Decline
    | End
    | Leave
    | TakeOver
    | RenewGrants
    | Ping
)
ClientMessage = Hello | AfterHello

# pydantic keeps short strings that it has read, by the thousand: not what people say to each other
CLIENT_MESSAGES: TypeAdapter[ClientMessage] = TypeAdapter(
    Annotated[ClientMessage, Field(discriminator="type")], config=ConfigDict(cache_strings="keys")
)

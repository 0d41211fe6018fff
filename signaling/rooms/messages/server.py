"""What the room says to a page. A message with `number` is replayed after a lost socket."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from signaling.rooms.messages.parts import (
    ChatLine,
    IceServer,
    MapSection,
    MediaEndpoint,
    Person,
    Timer,
    Wire,
)
from signaling.rooms.values import Outcome, ParticipantId, Source


class Welcome(Wire):
    """You have a seat: who you are here, and whether what you missed follows (`resumed`)."""

    type: Literal["welcome"] = "welcome"
    version: Literal[1] = 1
    room: str
    you: Person
    life: str  # numbers count within one life of the room in one server process
    resumed: bool  # True: the missed messages follow; False: a snapshot follows
    timer: Timer


class Snapshot(Wire):
    """Everything you may know of the room now; the next message has a number above this one."""

    type: Literal["snapshot"] = "snapshot"
    number: int
    people: tuple[Person, ...]
    chat: tuple[ChatLine, ...]
    timer: Timer


class PresenceChanged(Wire):
    """Somebody came, or something about them changed: their whole card."""

    type: Literal["presence"] = "presence"
    number: int = 0
    person: Person


class Knock(Wire):
    """To the panel: somebody waits to be admitted."""

    type: Literal["knock"] = "knock"
    number: int = 0
    person: Person


class Admitted(Wire):
    """Somebody was let in. To that person a snapshot and media grants follow."""

    type: Literal["admitted"] = "admitted"
    number: int = 0
    person: Person
    by: ParticipantId


class Declined(Wire):
    """Somebody was not let in; their connection is closed after this."""

    type: Literal["declined"] = "declined"
    number: int = 0
    participant: ParticipantId
    by: ParticipantId


class Gone(Wire):
    """Somebody gave up their seat, or it was kept long enough."""

    type: Literal["gone"] = "gone"
    number: int = 0
    participant: ParticipantId
    reason: Literal["left", "expired"]


class SeatKept(Wire):
    """Somebody's socket was lost; their seat is kept until then."""

    type: Literal["seat-kept"] = "seat-kept"
    number: int = 0
    participant: ParticipantId
    until: datetime


class Chat(Wire):
    """A line of chat that you may read."""

    type: Literal["chat"] = "chat"
    number: int = 0
    line: ChatLine


class Ended(Wire):
    """The interview is over; the connection is closed after this. Do not come back."""

    type: Literal["ended"] = "ended"
    number: int = 0
    outcome: Outcome
    by: ParticipantId | None


class TimerChanged(Wire):
    """The clock of the interview, after it was moved or when panel and candidate met."""

    type: Literal["timer"] = "timer"
    number: int = 0
    timer: Timer


class Map(Wire):
    """What flows into your WHEP session now: the whole map, each time it changes."""

    type: Literal["map"] = "map"
    sections: tuple[MapSection, ...]


class Speaker(Wire):
    """Who speaks now; null when nobody has for a while. Nobody who is muted."""

    type: Literal["speaker"] = "speaker"
    participant: ParticipantId | None


class Layers(Wire):
    """To a publisher of simulcast: which layers somebody watches. Pause the others."""

    type: Literal["layers"] = "layers"
    source: Source
    rids: tuple[str, ...]


class ScreenStopped(Wire):
    """The panel stopped your screen share: do not publish it again by yourself."""

    type: Literal["screen-stopped"] = "screen-stopped"
    by: ParticipantId


class Grants(Wire):
    """Fresh tokens, sent after each welcome, when one was used and before they expire."""

    type: Literal["grants"] = "grants"
    socket: str  # the `token` of your next hello
    admission: str | None  # the `admission` of your next hello: proves that you were let in
    publish: MediaEndpoint | None  # None while you wait; an observer sends nothing
    publish_screen: MediaEndpoint | None  # as `publish`, for a second session: a shared screen
    subscribe: MediaEndpoint | None  # None while you wait
    ice_servers: tuple[IceServer, ...]  # none while you wait, and where nobody set up any
    expires_at: datetime


class MediaLost(Wire):
    """A media session of yours ended at the server: POST a new offer."""

    type: Literal["media-lost"] = "media-lost"
    direction: Literal["publish", "subscribe"]
    source: Source | None  # of a publication
    reason: str


class SeatTaken(Wire):
    """You are here already with another device: answer `take-over`, or close this connection."""

    type: Literal["seat-taken"] = "seat-taken"
    name: str


class Replaced(Wire):
    """Another device of yours took the seat; the connection is closed after this."""

    type: Literal["replaced"] = "replaced"


class ServerRestart(Wire):
    """The server restarts: your seat is kept, connect again after that many seconds."""

    type: Literal["server-restart"] = "server-restart"
    reconnect_in: float


class Refused(Wire):
    """A "no": which rule, in English with its named parameters filled in, and what to do next."""

    type: Literal["error"] = "error"
    code: str
    message: str
    next_step: str
    parameters: dict[str, str]
    about: str | None  # the type of the message that was refused


class Pong(Wire):
    """The answer to `ping`."""

    type: Literal["pong"] = "pong"
    nonce: int
    now: datetime


Numbered = (
    PresenceChanged | Knock | Admitted | Declined | Gone | SeatKept | Chat | Ended | TimerChanged
)
ServerMessage = (
    Numbered
    | Welcome
    | Snapshot
    | Map
    | Speaker
    | Layers
    | ScreenStopped
    | Grants
    | MediaLost
    | SeatTaken
    | Replaced
    | ServerRestart
    | Refused
    | Pong
)

SERVER_MESSAGES: TypeAdapter[ServerMessage] = TypeAdapter(
    Annotated[ServerMessage, Field(discriminator="type")]
)

"""Chat: in the room with everybody, before the door with the panel only."""

from datetime import datetime

from signaling.rooms.actions import Action
from signaling.rooms.audience import ROOM, Audience
from signaling.rooms.limits import TokenBucket
from signaling.rooms.messages.client import SendChat
from signaling.rooms.messages.parts import ChatLine
from signaling.rooms.messages.server import Chat
from signaling.rooms.people import Participant
from signaling.rooms.refusals import ChatNotPrivate, ChatTooFast
from signaling.rooms.state import CHAT_BURST, CHAT_PACE, RoomState


def say(room: RoomState, sender: Participant, message: SendChat, now: datetime) -> list[Action]:
    """Give a line its number and deliver it; a line that was sent twice is one line.

    Raises:
        ChatTooFast: too many lines.
        ChatNotPrivate: a line to one person that is not the panel's answer to one who waits.
    """
    if _was_said(room, sender, message.key):
        return []
    audience = _audience(room, sender, message)
    pace = room.chat_pace.setdefault(sender.id, TokenBucket(CHAT_BURST, CHAT_PACE))
    if not pace.take(now):
        raise ChatTooFast
    entry = room.chat.publish(
        lambda line: ChatLine(
            line=line,
            sender=sender.id,
            name=sender.name,
            name_latin=sender.name_latin,
            text=message.text,
            at=now,
            private=not audience.room,
            key=message.key,
        ),
        audience,
    )
    return room.tell(audience, lambda n: Chat(number=n, line=entry.body))


def _was_said(room: RoomState, sender: Participant, key: str) -> bool:
    said = room.chat.latest(lambda e: e.body.sender == sender.id and e.body.key == key)
    return bool(said)


def _audience(room: RoomState, sender: Participant, message: SendChat) -> Audience:
    if sender.is_waiting:
        return Audience(panel=True, named=frozenset({sender.id}))
    if message.to is None:
        return ROOM
    reader = room.people.get(message.to)
    if not sender.is_panel_here or reader is None or not reader.is_waiting:
        raise ChatNotPrivate
    return Audience(panel=True, named=frozenset({sender.id, reader.id}))

"""Every "no" of a room: which rule, and what to do next."""

from signaling.refusals import Refusal


class RoomNotOpenYet(Refusal):
    """Q6: a room opens some minutes before its start."""

    code = "room-not-open-yet"
    status = 425
    message = "The room opens at %(opens_at)s."
    next_step = "Come back at that time; your seat is not lost."


class RoomClosed(Refusal):
    """Q6: after the grace nobody new comes in."""

    code = "room-closed"
    status = 410
    message = "The time of this room was over at %(closes_at)s."
    next_step = "Ask for a new time."


class InterviewOver(Refusal):
    """The panel or the product ended it."""

    code = "interview-over"
    status = 410
    message = "This interview has ended (%(outcome)s)."
    next_step = "See the page of the interview for what comes next."


class RoomFull(Refusal):
    """A room holds a fixed number of people."""

    code = "room-full"
    status = 409
    message = "The room holds %(seats)s people and is full."
    next_step = "Wait until somebody leaves, then try again."


class DeclinedRecently(Refusal):
    """The panel said no a moment ago."""

    code = "declined-recently"
    status = 403
    message = "The panel has just declined to let you in."
    next_step = "Knock again at %(again_at)s."


class NotAdmitted(Refusal):
    """Only people in the room hear it and speak in it."""

    code = "not-admitted"
    status = 403
    message = "You are not in the room."
    next_step = "Say hello on the room socket and wait until the panel admits you."


class PanelOnly(Refusal):
    """Admitting, declining and ending belong to the panel."""

    code = "panel-only"
    status = 403
    message = "Only the panel may do this."
    next_step = "Ask an interviewer."


class ObserverOnly(Refusal):
    """An observer watches."""

    code = "observer-is-silent"
    status = 403
    message = "An observer does not send sound or picture."
    next_step = "Ask the panel for another role."


class NobodyWaits(Refusal):
    """To be admitted or declined, somebody must be waiting."""

    code = "nobody-waits"
    status = 409
    message = "That person is not waiting."
    next_step = "Look at the list again: they may have been let in by a colleague."


class ScreenTaken(Refusal):
    """One screen a room at a time."""

    code = "screen-taken"
    status = 409
    message = "%(name)s is sharing a screen."
    next_step = "Ask them to stop, then share yours."


class NobodyShares(Refusal):
    """To be stopped, a screen must be shared."""

    code = "nobody-shares"
    status = 409
    message = "Nobody is sharing a screen."
    next_step = "Look again: it may have been stopped already."


class CandidateIsPresent(Refusal):
    """Somebody who is there is no no-show."""

    code = "candidate-is-present"
    status = 409
    message = "A candidate is in the room, so this is not a no-show."
    next_step = "End the interview as done."


class TooEarlyForNoShow(Refusal):
    """Q6: somebody is late only when the grace after the start is over."""

    code = "too-early-for-no-show"
    status = 425
    message = "A no-show can be noted from %(earliest)s on."
    next_step = "Wait until then; the candidate may still come."


class SeatNotYours(Refusal):
    """This connection has no seat: another device of the same person holds it, or nobody."""

    code = "seat-not-yours"
    status = 409
    message = "This device does not hold your seat."
    next_step = "Take over the seat, or go on with the other device."


class ChatTooFast(Refusal):
    """A burst of lines, then one each few seconds."""

    code = "chat-too-fast"
    status = 429
    message = "You are writing faster than others can read."
    next_step = "Wait a few seconds and send the line again."


class ChatNotPrivate(Refusal):
    """Private lines are between the panel and somebody who waits."""

    code = "chat-not-private"
    status = 409
    message = "A line to one person is for the panel, while that person waits."
    next_step = "Send the line to the whole room."


class TooManyMessages(Refusal):
    """No page needs that many messages."""

    code = "too-many-messages"
    status = 429
    message = "This connection sends too many messages."
    next_step = "Wait a second; the connection is closed if it goes on."


class MessageMalformed(Refusal):
    """The message breaks the protocol."""

    code = "message-malformed"
    status = 400
    message = "The message is not one of the room's: %(rule)s."
    next_step = "See docs/reference/room-socket.md, version 1."


class HelloExpected(Refusal):
    """The first message of a connection, and only the first, is hello."""

    code = "hello-expected"
    status = 400
    message = "The first message of a connection, and only the first, is hello."
    next_step = "Connect again and say hello first."


class OriginForeign(Refusal):
    """A page of another site: its reader's token is none of its business."""

    code = "origin-foreign"
    status = 403
    message = "This page may not open a room socket here."
    next_step = "Open the room from the site of the service."


class UpgradeExpected(Refusal):
    """A request without a WebSocket handshake (RFC 6455 §4.2.2, RFC 9110 §15.5.22)."""

    code = "upgrade-expected"
    status = 426
    message = "This address speaks WebSocket."
    next_step = "See docs/reference/room-socket.md for how to connect."

"""Every "no" of signaling: a class with a stable code, a status, the rule and the next step."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from typing_extensions import override


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not an error
    """A rule said no. `message` names the rule, `next_step` says what to do about it.

    Named parameters fill `%(name)s` places in both texts; each may have a default in `defaults`.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    message: ClassVar[str]
    next_step: ClassVar[str]
    retry_after: ClassVar[timedelta | None] = None
    defaults: ClassVar[Mapping[str, object]] = {}

    def __init__(self, **parameters: Any) -> None:
        self.parameters: dict[str, Any] = {**self.defaults, **parameters}
        super().__init__(self.code, self.parameters)

    @override
    def __str__(self) -> str:
        return f"{self.detail} {self.help}"

    @property
    def detail(self) -> str:
        """The rule, with its parameters filled in."""
        return self.message % self.parameters

    @property
    def help(self) -> str:
        """The next step, with its parameters filled in."""
        return self.next_step % self.parameters

    @property
    def wait(self) -> timedelta | None:
        """How long to wait before another try can succeed: `Retry-After` (RFC 9110 §10.2.3)."""
        return self.retry_after


def problem(refusal: Refusal) -> str:
    """The JSON text of `application/problem+json` (RFC 9457) for this refusal."""
    return json.dumps(
        {
            "type": f"urn:daigang:refusal:{refusal.code}",
            "title": _title(type(refusal)),
            "status": refusal.status,
            "detail": refusal.detail,
            "code": refusal.code,
            "next_step": refusal.help,
        }
    )


def _title(kind: type[Refusal]) -> str:
    """The kind of refusal in words, the same for each of its occurrences (RFC 9457 §3.1.3)."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).capitalize()


# The token


class TokenMissing(Refusal):
    """W19: every request but a preflight carries a bearer token."""

    code = "token-missing"
    status = 401
    message = "This address needs a bearer token."
    next_step = "Send 'Authorization: Bearer' followed by the grant you were given."


class TokenInvalid(Refusal):
    """The token was not signed by us, or was cut."""

    code = "token-invalid"
    status = 401
    message = "The bearer token is not one of ours."
    next_step = "Ask the page that gave it to you for a new one."


class GrantExpired(Refusal):
    """A grant is short-lived."""

    code = "grant-expired"
    status = 401
    message = "The grant has expired."
    next_step = "Ask for a new grant and send the request again at once."


class GrantUsed(Refusal):
    """A grant is consumed by the POST that it was made for."""

    code = "grant-used"
    status = 403
    message = "The grant has already opened a session."
    next_step = "Ask for a new grant for each new session."


class GrantTooNarrow(Refusal):
    """The grant is real, but for another room, action or session."""

    code = "grant-too-narrow"
    status = 403
    message = "The grant does not allow this: it is for another %(scope)s."
    next_step = "Use the grant that was given for this %(scope)s."
    defaults: ClassVar[Mapping[str, object]] = {"scope": "room"}


# The request


class MediaTypeUnsupported(Refusal):
    """W2, W13: the body has another media type."""

    code = "media-type-unsupported"
    status = 415
    message = "The body must be %(expected)s."
    next_step = "Send it with 'Content-Type: %(expected)s'."


class BodyTooLarge(Refusal):
    """A body larger than any real offer."""

    code = "body-too-large"
    status = 413
    message = "The body is larger than %(limit)s bytes."
    next_step = "Offer fewer sections or codecs; trickle fewer candidates at once."


class BodyTooSlow(Refusal):
    """A body that does not arrive, which would hold memory and a connection for nothing."""

    code = "body-too-slow"
    status = 408
    message = "The body did not arrive within %(seconds)s s."
    next_step = "Send the request again, at once and in full."
    defaults: ClassVar[Mapping[str, object]] = {"seconds": 10}


class EncodingUnsupported(Refusal):
    """A compressed body: it would be read before anybody knows how large it is."""

    code = "content-encoding-unsupported"
    status = 415
    message = "The body must not be compressed."
    next_step = "Send it without Content-Encoding."


class BodyMalformed(Refusal):
    """The SDP or SDP fragment breaks its grammar."""

    code = "sdp-malformed"
    status = 400
    message = "Line %(line)s of the SDP is wrong: %(rule)s."
    next_step = "Send the description unchanged, as UTF-8 text."


class OfferUnsupported(Refusal):
    """The offer is well-formed, but asks for what this endpoint does not do."""

    code = "offer-unsupported"
    status = 422
    message = "The offer cannot be answered (line %(line)s): %(rule)s."
    next_step = "Change that section of the offer and send it again."


class PreconditionMissing(Refusal):
    """W14: a PATCH names the ICE session that it is about."""

    code = "if-match-missing"
    status = 428
    message = "A PATCH needs an If-Match header."
    next_step = "Send the ETag of the last answer, or * to restart ICE."


class PreconditionWrong(Refusal):
    """W14: the entity tag belongs to another ICE session."""

    code = "if-match-wrong"
    status = 412
    message = "The If-Match header names another ICE session."
    next_step = "Send the ETag of the last answer, or * to restart ICE."


class TooManyRequests(Refusal):
    """W22: one address asks too often."""

    code = "too-many-requests"
    status = 429
    message = "Too many requests from this address."
    next_step = "Wait %(seconds)s s and try again."
    defaults: ClassVar[Mapping[str, object]] = {"seconds": 1}

    @property
    @override
    def wait(self) -> timedelta:
        """How long until the bucket holds one request again."""
        return timedelta(seconds=self.parameters["seconds"])


# The state


class SessionUnknown(Refusal):
    """There is no such session, or it has ended (W18)."""

    code = "session-unknown"
    status = 404
    message = "There is no such session."
    next_step = "Open a new one with POST."


class AddressUnknown(Refusal):
    """Nothing of WHIP, WHEP or the room socket is at this address."""

    code = "address-unknown"
    status = 404
    message = "There is no endpoint of rooms or media at this address."
    next_step = "Use the address that the room gave, or that of a Location header."


class MethodUnknown(Refusal):
    """The resource does not take this verb; what it takes is in Allow (RFC 9110 §15.5.6)."""

    code = "method-unknown"
    status = 405
    message = "This resource does not take that method."
    next_step = "It takes %(takes)s."
    defaults: ClassVar[Mapping[str, object]] = {"takes": "POST"}


class RoomUnknown(Refusal):
    """There is no such room, or it has ended."""

    code = "room-unknown"
    status = 404
    message = "There is no such room."
    next_step = "Check the address, or ask who invited you."


class SectionUnknown(Refusal):
    """A section or publication that this session does not have."""

    code = "section-unknown"
    status = 404
    message = "There is no section %(mid)s or no such publication."
    next_step = "Use the sections of the answer."
    defaults: ClassVar[Mapping[str, object]] = {"mid": "of that name"}


class PublicationAbsent(Refusal):
    """E3: a player named a publication that is not up."""

    code = "publication-absent"
    status = 409
    message = "Nobody in the room publishes under that name now."
    next_step = "Try again in a moment, and more and more seldom."
    retry_after = timedelta(seconds=2)


class PublicationNameMalformed(Refusal):
    """A player named something that can be no publication."""

    code = "publication-name-malformed"
    status = 400
    message = "%(name)s is no name of a publication."
    next_step = "Write participant:camera or participant:screen, as the room's map has them."
    defaults: ClassVar[Mapping[str, object]] = {"name": "That"}


class PublicationTaken(Refusal):
    """A publication id belongs to one living session; we draw them, so no client sees this."""

    code = "publication-taken"
    status = 409
    message = "There is such a publication already."
    next_step = "Send the offer again."


class NoWorker(Refusal):
    """No media worker is up, or all are full or draining (W21)."""

    code = "no-worker"
    status = 503
    message = "No media worker can take the session now."
    next_step = "Try again in a few seconds."
    retry_after = timedelta(seconds=2)


class RoomMediaFull(Refusal):
    """A room has a bounded number of media sessions."""

    code = "room-media-full"
    status = 503
    message = "The room has as many media sessions of this kind as it may: %(limit)s."
    next_step = "Try again when one of them has ended."
    retry_after = timedelta(seconds=5)
    defaults: ClassVar[Mapping[str, object]] = {"limit": 0}


class PersonFull(Refusal):
    """A person has a bounded number of media sessions in a room."""

    code = "person-media-full"
    status = 503
    message = "You have as many media sessions of this kind as one person may: %(limit)s."
    next_step = "End one of them with DELETE, or wait until it is gone."
    retry_after = timedelta(seconds=5)
    defaults: ClassVar[Mapping[str, object]] = {"limit": 0}


class AddressFull(Refusal):
    """An address has a bounded number of media sessions."""

    code = "address-full"
    status = 503
    message = "There are as many sessions from this address as there may be: %(limit)s."
    next_step = "Try again when one has ended, or ask the operator to allow more."
    retry_after = timedelta(seconds=10)
    defaults: ClassVar[Mapping[str, object]] = {"limit": 0}


class WorkerSilent(Refusal):
    """The worker did not answer in time, or went away while we waited."""

    code = "worker-silent"
    status = 503
    message = "The media worker did not answer."
    next_step = "Try again in a few seconds."
    retry_after = timedelta(seconds=2)


class RestartFailed(Refusal):
    """W17: the ICE restart failed; the old ICE session goes on until consent expires."""

    code = "restart-failed"
    status = 503
    message = "ICE could not be restarted; the old ICE session goes on."
    next_step = "Try again, or open a new session."
    retry_after = timedelta(seconds=2)

"""Absolute URLs for mail, and signed links that say who holds them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from aiohttp import web
from itsdangerous import BadData, URLSafeSerializer

from interviews.bookings.models import BookingId
from interviews.identity.refusals import BookingLinkInvalid
from interviews.people.models import Person, PersonId
from web.keys import LINKS
from web.unit import unit
from web.viewer import VIEWER, viewer

Purpose = Literal["confirm", "move", "cancel", "room"]
PURPOSES: tuple[str, ...] = get_args(Purpose)
MAILED = {"sign-in": "/sign-in/link", "verify-email": "/verify", "reset-password": "/reset"}
LONGEST_TOKEN = 200
SALT = b"web.links.booking"


@dataclass(frozen=True, slots=True)
class LinkedPerson:
    """Whom a signed link names, for which booking, and what for. It identifies and no more."""

    person_id: PersonId
    booking_id: BookingId
    purpose: str


class SignedLinks:
    """The Links port: URLs under one base, signed with the newest of the keys.

    `keys` goes from the oldest to the newest; links of every key in the list still open.
    """

    def __init__(self, base: str, keys: Sequence[bytes]) -> None:
        self._base = base.rstrip("/")
        self._serializer = URLSafeSerializer(
            list(keys),
            salt=SALT,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def page(self, path: str) -> str:
        """The absolute URL of a public path, which starts with a slash."""
        if not path.startswith("/") or path.startswith("//"):
            message = f"a path of ours starts with one slash: {path!r}"
            raise ValueError(message)
        return f"{self._base}{path}"

    def mailed(self, purpose: str, token: str) -> str:
        """The URL of a mailed one-time link: sign-in, verify-email, reset-password."""
        return self.page(f"{MAILED[purpose]}/{token}")

    def for_booking(self, purpose: str, booking_id: int, person_id: int) -> str:
        """A signed URL that identifies this person for one purpose: confirm, move, cancel, room."""
        numbers = [PURPOSES.index(purpose), booking_id, person_id]
        return self.page(f"/i/{self._serializer.dumps(numbers)}")

    def read(self, token: str) -> LinkedPerson:
        """Whom the last part of a `for_booking` URL names.

        Raises:
            BookingLinkInvalid: it was not signed by us, or was cut.
        """
        try:
            if len(token) > LONGEST_TOKEN:
                raise BookingLinkInvalid
            purpose, booking_id, person_id = self._serializer.loads(token)
            return LinkedPerson(PersonId(person_id), BookingId(booking_id), PURPOSES[purpose])
        except (BadData, ValueError, TypeError, IndexError) as error:
            raise BookingLinkInvalid from error


async def open_link(request: web.Request) -> LinkedPerson:
    """Whom the `{token}` of the path names; a stranger's page then speaks the holder's language.

    The handler checks `interviews.identity.rules.check_booking_link` and changes nothing on GET.

    Raises:
        BookingLinkInvalid: the token is not ours, or its holder is gone.
    """
    links = request.app[LINKS]
    if not isinstance(links, SignedLinks):
        raise TypeError(links)
    linked = links.read(request.match_info["token"])
    person = await (await unit(request)).get(Person, linked.person_id)
    if person is None:
        raise BookingLinkInvalid
    watcher = viewer(request)
    if not watcher.signed_in:
        request[VIEWER] = replace(watcher, locale=person.locale, zone=person.zone)
    return linked

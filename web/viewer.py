"""Who looks at a page: filled by the session middleware, read by handlers and templates."""

from dataclasses import dataclass

from aiohttp import web

from interviews.employers.models import FirmId
from interviews.identity.models import Role
from interviews.people.models import PersonId


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, or nobody in particular with a language and a zone."""

    locale: str  # zh_CN or en
    zone: str  # IANA name
    person_id: PersonId | None = None
    role: Role | None = None
    name: str = ""  # in the letters that they read
    email: str = ""
    firm_id: FirmId | None = None  # of a recruiter
    email_verified: bool = False

    @property
    def signed_in(self) -> bool:
        """Whether somebody proved who they are."""
        return self.person_id is not None


VIEWER: web.RequestKey[Viewer] = web.RequestKey("viewer")


def viewer(request: web.Request) -> Viewer:
    """The one who asks."""
    return request[VIEWER]

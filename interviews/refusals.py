"""Every "no" of the domain: a class with a stable code, a status, the rule and the next step."""

from typing import Any, ClassVar

from typing_extensions import override

from interviews.texts import N_


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not an error
    """A rule said no. `message` names the rule, `next_step` says what to do; both are msgids.

    Named parameters fill `%(name)s` places in both texts after translation.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 409
    message: ClassVar[str]
    next_step: ClassVar[str] = ""

    def __init__(self, **parameters: Any) -> None:
        self.parameters = parameters
        super().__init__(self.code, parameters)

    @override
    def __str__(self) -> str:
        return (self.message + " " + self.next_step).strip() % self.parameters


class NotFound(Refusal):
    """There is no such thing, or you may not know that there is."""

    code = "not-found"
    status = 404
    message = N_("We cannot find that page.")
    next_step = N_("It may have been removed. Check the address or start from the home page.")


class NotAllowed(Refusal):
    """You are known, but this is not yours to do."""

    code = "not-allowed"
    status = 403
    message = N_("Your account may not do that.")
    next_step = N_("Sign in with the account that this belongs to.")


class Malformed(Refusal):
    """What was sent breaks the form's own rules; `fields` maps a field to its message."""

    code = "malformed"
    status = 422
    message = N_("Some fields need another look.")
    next_step = N_("Correct the marked fields and send again; nothing you wrote was lost.")

    def __init__(self, fields: dict[str, str], **parameters: Any) -> None:
        self.fields = fields
        super().__init__(**parameters)

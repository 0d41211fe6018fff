"""The "no"s of mail delivery."""

from typing import ClassVar

from interviews.refusals import Refusal
from interviews.texts import N_


class MailNotFailed(Refusal):
    """Only a mail that was given up can be sent again."""

    code: ClassVar[str] = "mail_not_failed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This mail has not failed: it was sent or is still on its way.")
    next_step: ClassVar[str] = N_("Look at the list of failed mail again.")

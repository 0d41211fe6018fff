"""Every "no" of signing up and signing in."""

from datetime import timedelta
from typing import ClassVar

from interviews.refusals import Refusal
from interviews.texts import N_


class WrongCredentials(Refusal):
    """Address and password do not belong together; it never says which of them is wrong."""

    code = "wrong-credentials"
    status = 403  # 401 would need an HTTP authentication scheme (RFC 9110 §15.5.2)
    message = N_("The e-mail address or the password is not right.")
    next_step = N_("Try again, or let us mail you a sign-in link.")


class AccountDisabled(Refusal):
    """Only said to somebody who has proved that the account is theirs."""

    code = "account-disabled"
    status = 403
    message = N_("This account has been switched off.")
    next_step = N_("Write to the organiser of your campaign if that is a mistake.")


class LinkSpent(Refusal):
    """A mailed link works once and for a short time; unknown ones get the same answer."""

    code = "link-spent"
    status = 410
    message = N_("This link has been used or is too old.")
    next_step = N_("Ask for a new one; it takes a minute.")


class BookingLinkInvalid(Refusal):
    """The signature is not ours, or the address was cut in the mail."""

    code = "booking-link-invalid"
    status = 404
    message = N_("This link is not complete.")
    next_step = N_("Open it again from the invitation, or copy the whole address.")


class BookingLinkOver(Refusal):
    """A booking's link ends a day after the interview, or when its holder leaves the booking."""

    code = "booking-link-over"
    status = 410
    message = N_("This link belongs to an interview that is over or no longer yours.")
    next_step = N_("Sign in to see your interviews.")


class EmailNotVerified(Refusal):
    """Who has not shown that the mailbox is theirs may look, but not book."""

    code = "email-not-verified"
    status = 403
    message = N_("Your e-mail address is not confirmed yet, so invitations could go astray.")
    next_step = N_("Open the letter that we sent you, or let us send it again from your account.")


class PasswordTooShort(Refusal):
    """Length is what makes a password strong (NIST SP 800-63B §3.1.1)."""

    code = "password-too-short"
    status = 422
    message = N_("A password has at least %(shortest)s characters.")
    next_step = N_("Four unrelated words are easy to remember and hard to guess.")


class PasswordTooLong(Refusal):
    """A bound on what is hashed."""

    code = "password-too-long"
    status = 422
    message = N_("A password has at most %(longest)s characters.")
    next_step = N_("Choose a shorter one.")


class PasswordTooGuessable(Refusal):
    """Among the first that anybody would try."""

    code = "password-too-guessable"
    status = 422
    message = N_("This password is among the first that anybody would try.")
    next_step = N_("Four unrelated words are easy to remember and hard to guess.")


class PasswordNotConfirmed(Refusal):
    """Changing a password needs the present one."""

    code = "password-not-confirmed"
    status = 422
    message = N_("That is not your present password.")
    next_step = N_("If you have forgotten it, ask for a new one by mail.")


class AccountExists(Refusal):
    """Told to administrators only; a stranger never learns it."""

    code = "account-exists"
    status = 409
    message = N_("There is already an account with this e-mail address.")
    next_step = N_("Look for it in the list of people.")


class FirmMissing(Refusal):
    """A recruiter acts for one firm, nobody else for any."""

    code = "firm-missing"
    status = 422
    message = N_("A recruiter's account belongs to one firm.")
    next_step = N_("Choose the firm.")


class OwnAccount(Refusal):
    """Nobody locks the door behind themselves."""

    code = "own-account"
    status = 409
    message = N_("You cannot switch off your own account.")
    next_step = N_("Ask another administrator to do it.")


class TermsNotAccepted(Refusal):
    """Consent is explicit (PIPL 14): the box is never ticked beforehand."""

    code = "terms-not-accepted"
    status = 422
    message = N_("We may keep your details only if you agree.")
    next_step = N_("Tick the box after reading the notice.")


class HashingBusy(Refusal):
    """More people sign in at this moment than the machine can check."""

    code = "hashing-busy"
    status = 503
    message = N_("Very many people are signing in at this moment.")
    next_step = N_("Try again in a few seconds.")
    retry_after: ClassVar[timedelta] = timedelta(seconds=5)

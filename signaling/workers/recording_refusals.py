"""Every "no" to a wish for a recording."""

from datetime import timedelta

from signaling.refusals import Refusal


class PublicationUnknown(Refusal):
    """Nobody sends that, or no longer."""

    code = "publication-unknown"
    status = 404
    message = "There is no such publication."
    next_step = "Record what is being published now."


class RecordingUnknown(Refusal):
    """There is no such recording, or it has ended."""

    code = "recording-unknown"
    status = 404
    message = "There is no such recording under way."
    next_step = "It may have ended by itself: look at what was reported of it."


class RecordingUnavailable(Refusal):
    """The process that writes recordings is down, or recording was not set up."""

    code = "recording-unavailable"
    status = 503
    message = "Recordings cannot be written now."
    next_step = "Try again in a few seconds."
    retry_after = timedelta(seconds=2)

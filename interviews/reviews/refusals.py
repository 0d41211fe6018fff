"""Every "no" about a review."""

from interviews.refusals import Refusal
from interviews.texts import N_


class ReasonMissing(Refusal):
    """A firm that gets its job back is told why."""

    code = "return-reason-missing"
    status = 422
    message = N_("Say why the job goes back to the firm.")
    next_step = N_("One sentence is enough; the firm reads it word for word.")

"""Every "no" about a job."""

from interviews.refusals import NotFound, Refusal
from interviews.texts import N_


class JobNotFound(NotFound):
    """There is no such job, or it was never public."""

    code = "job-not-found"
    message = N_("We cannot find that job.")
    next_step = N_("Look through the list of open jobs.")


class JobStepNotAllowed(Refusal):
    """A job moves along draft, in review, approved or returned; withdrawn is the end."""

    code = "job-step-not-allowed"
    message = N_("A job in this state cannot take that step.")
    next_step = N_("Reload the page to see where the job stands now.")

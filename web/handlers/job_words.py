"""What the pages of recruiters and reviewers share: a job's state and its risky words."""

from aiohttp import web

from interviews.jobs.models import JobId, JobState
from interviews.jobs.wording import FLAG_TEXTS, Wording, check_wording
from interviews.texts import N_
from web.pages import say

STATE_NAMES = {
    JobState.DRAFT: N_("Draft"),
    JobState.IN_REVIEW: N_("In review"),
    JobState.APPROVED: N_("Public"),
    JobState.RETURNED: N_("Returned"),
    JobState.WITHDRAWN: N_("Withdrawn"),
}
STATE_TONES = {
    JobState.DRAFT: "secondary",
    JobState.IN_REVIEW: "info",
    JobState.APPROVED: "success",
    JobState.RETURNED: "danger",
    JobState.WITHDRAWN: "secondary",
}


def job_of(request: web.Request) -> JobId:
    """The job that the address names."""
    return JobId(int(request.match_info["job_id"]))


def flags_of(request: web.Request, values: dict[str, str]) -> list[tuple[str, str]]:
    """What the checker finds in a job's texts: (words, why), the words empty where some lack."""
    texts = ("duties_zh", "duties_en", "requirements_zh", "requirements_en")
    pay = values.get("pay_min", "")
    wording = Wording(
        title=f"{values.get('title_zh', '')}\n{values.get('title_en', '')}",
        body="\n".join(values.get(name, "") for name in texts),
        pay_min=int(pay) if pay.isascii() and pay.isdigit() else None,
        city_name=values.get("city_name", ""),
    )
    return [(one.words, say(request, FLAG_TEXTS[one.flag])) for one in check_wording(wording)]

"""What an organiser decided about a job."""

from datetime import datetime
from typing import NewType

from sqlmodel import Field, Integer, SQLModel

from interviews.database import UtcDateTime
from interviews.jobs.models import JobId
from interviews.people.models import PersonId

JobReviewId = NewType("JobReviewId", int)


class JobReview(SQLModel, table=True):
    """One decision: approved, or returned with a reason that the firm reads."""

    id: JobReviewId | None = Field(default=None, sa_type=Integer, primary_key=True)
    job_id: JobId = Field(sa_type=Integer, foreign_key="job.id", index=True)
    reviewer_id: PersonId = Field(sa_type=Integer, foreign_key="person.id")
    decision: str = Field(max_length=20)  # approved | returned
    reason: str = Field(default="", max_length=500)
    decided_at: datetime = Field(sa_type=UtcDateTime)

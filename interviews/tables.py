"""Imports every table once, so that the metadata is whole (for Alembic and the tests)."""

from sqlmodel import SQLModel

from interviews import outbox, placements
from interviews.bookings import models as bookings
from interviews.campaigns import models as campaigns
from interviews.consents import models as consents
from interviews.employers import models as employers
from interviews.graduates import models as graduates
from interviews.identity import models as identity
from interviews.jobs import models as jobs
from interviews.occupancy import models as occupancy
from interviews.people import models as people
from interviews.reviews import models as reviews
from interviews.slots import models as slots

ROOMS = (
    people, identity, consents, campaigns, employers, graduates, jobs, reviews,
    slots, occupancy, bookings, outbox, placements,
)  # fmt: skip

metadata = SQLModel.metadata

"""Who has the floor: one speaker at a time, who keeps it through pauses and through others' coughs.

Reports say when somebody begins to speak and when they stop; everything else is time, which is
told: `settle` is asked at each report and at each tick.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from signaling.rooms.values import ParticipantId

TAKES_AFTER = timedelta(milliseconds=600)  # of a pause of the speaker: longer than a cough
TALKS_OVER_AFTER = timedelta(seconds=3)  # when the speaker does not stop: a fan, a keyboard
KEPT_FOR = timedelta(seconds=2)  # of silence of everybody: a breath, a thought


@dataclass(slots=True)
class Floor:
    """The speaker, and since when everybody who speaks has been speaking."""

    speaker: ParticipantId | None = None
    _taken_at: datetime | None = None
    _silent_since: datetime | None = None  # of the speaker
    _speaking: dict[ParticipantId, datetime] = field(default_factory=dict)

    def speaks(self, participant: ParticipantId, now: datetime) -> None:
        """Somebody began to speak."""
        self._speaking.setdefault(participant, now)
        if participant == self.speaker:
            self._silent_since = None

    def stops(self, participant: ParticipantId, now: datetime) -> None:
        """Somebody stopped speaking."""
        self._speaking.pop(participant, None)
        if participant == self.speaker and self._silent_since is None:
            self._silent_since = now

    def leaves(self, participant: ParticipantId) -> None:
        """Somebody is muted, or their sound has ended: they are no speaker any more."""
        self._speaking.pop(participant, None)
        if participant == self.speaker:
            self._give(None, None)

    def settle(self, now: datetime) -> ParticipantId | None:
        """Who has the floor now."""
        successor = self._successor(now)
        if successor is not None:
            self._give(successor, now)
        elif self._silent_since is not None and now >= self._silent_since + KEPT_FOR:
            self._give(None, None)
        return self.speaker

    def _successor(self, now: datetime) -> ParticipantId | None:
        """Who speaks longest of those who may have the floor."""
        waiting = sorted(
            (since, participant)
            for participant, since in self._speaking.items()
            if participant != self.speaker and self._may_take(since, now)
        )
        return waiting[0][1] if waiting else None

    def _may_take(self, since: datetime, now: datetime) -> bool:
        if self.speaker is None or self._taken_at is None:
            return True
        if self._silent_since is not None:
            return now >= max(since, self._silent_since) + TAKES_AFTER
        return since > self._taken_at and now >= since + TALKS_OVER_AFTER

    def _give(self, participant: ParticipantId | None, now: datetime | None) -> None:
        self.speaker = participant
        self._taken_at = now
        self._silent_since = None

"""Who speaks, from the audio levels that every packet brings (RFC 6464)."""

from collections import deque
from datetime import timedelta
from typing import Final

SILENCE: Final = 127  # -dBov of digital silence; we count upwards from it
START: Final = timedelta(milliseconds=100)  # of speech; a key stroke or a cough is shorter
STOP: Final = timedelta(milliseconds=1200)  # of silence; pauses between sentences are shorter
LONGEST_PACKET: Final = timedelta(milliseconds=60)  # beyond that a gap tells nothing
SMOOTHING: Final = timedelta(milliseconds=400)  # about two syllables
MARGIN: Final = 12  # dB above the noise floor
VOICE_MARGIN: Final = 6  # when the sender's own detector hears a voice, too
FAINTEST: Final = 62  # -65 dBov: below, nothing is speech
LOUDEST_FLOOR: Final = 85  # -42 dBov: above (and a margin), everything is
FIRST_FLOOR: Final = 57  # -70 dBov, until we know better
WINDOW: Final = timedelta(milliseconds=500)
WINDOWS: Final = 6  # speech pauses within these three seconds, noise does not


class VoiceDetector:
    """Whether one source speaks, and how loud it is.

    The noise floor is the quietest packet of the last three seconds: a fan that is switched on
    counts as speech for so long, and no longer.
    """

    def __init__(self) -> None:
        self.speaking = False
        self.loudness = 0.0  # dB above digital silence, smoothed; for choosing the dominant one
        self._evidence = timedelta()  # of speech that has not been told yet
        self._heard_at: timedelta | None = None
        self._active_at: timedelta | None = None
        self._minima: deque[int] = deque([FIRST_FLOOR] * WINDOWS, WINDOWS)
        self._window_ends: timedelta | None = None

    def heard(self, level: int, voice_bit: bool, now: timedelta) -> bool | None:  # noqa: FBT001
        """Take a packet's level (0 to 127 in -dBov) and its V bit; the new state if it changed."""
        loud = SILENCE - min(max(level, 0), SILENCE)
        since = timedelta() if self._heard_at is None else now - self._heard_at
        step = min(max(since, timedelta()), LONGEST_PACKET)
        self._heard_at = now
        self.loudness += (loud - self.loudness) * (step / (SMOOTHING + step))
        margin = VOICE_MARGIN if voice_bit else MARGIN
        active = loud >= max(min(*self._minima, LOUDEST_FLOOR) + margin, FAINTEST)
        self._note_floor(loud, now)
        if active:
            self._evidence = min(self._evidence + step, START)
            self._active_at = now
        else:
            self._evidence = max(self._evidence - step, timedelta())
        return self._changed(now)

    def idle(self, now: timedelta) -> bool | None:
        """Let time pass without packets (muted, DTX, gone); the new state if it changed."""
        if self._heard_at is not None and now - self._heard_at > STOP:
            self.loudness = 0.0
            self._evidence = timedelta()
        return self._changed(now)

    def _changed(self, now: timedelta) -> bool | None:
        if self.speaking:
            if self._active_at is not None and now - self._active_at < STOP:
                return None
            self.speaking, self._evidence = False, timedelta()
            return False
        if self._evidence < START:
            return None
        self.speaking = True
        return True

    def _note_floor(self, loud: int, now: timedelta) -> None:
        if self._window_ends is None or now >= self._window_ends:
            self._window_ends = now + WINDOW
            self._minima.append(loud)
        elif loud < self._minima[-1]:
            self._minima[-1] = loud

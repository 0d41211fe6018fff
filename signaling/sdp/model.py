"""A session description as a value: nothing that negotiation needs gets lost in it."""

from dataclasses import dataclass, field

from signaling.sdp.values import (
    Codec,
    Direction,
    Fingerprint,
    HeaderExtension,
    IceCandidate,
    IceParameters,
    Origin,
    Rid,
    Setup,
    Simulcast,
    Source,
    SourceGroup,
    StreamId,
)


@dataclass(frozen=True, slots=True)
class Transport:
    """ICE and DTLS as one level (session or section) states them; None or empty: not stated."""

    ice: IceParameters | None = None
    ice_lite: bool = False
    ice_options: tuple[str, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    setup: Setup | None = None
    candidates: tuple[IceCandidate, ...] = ()
    end_of_candidates: bool = False


@dataclass(frozen=True, slots=True)
class MediaSection:
    """One m-section; `direction` and `transport` hold only what this section itself says."""

    kind: str  # "audio", "video", "application", …
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str | None = None  # of its own c= line
    mid: str | None = None
    direction: Direction | None = None
    transport: Transport = Transport()
    codecs: tuple[Codec, ...] = ()  # in the order of the m-line
    extensions: tuple[HeaderExtension, ...] = ()
    extmap_allow_mixed: bool = False
    stream_ids: tuple[StreamId, ...] = ()
    sources: tuple[Source, ...] = ()
    source_groups: tuple[SourceGroup, ...] = ()
    rids: tuple[Rid, ...] = ()
    simulcast: Simulcast | None = None
    rtcp_mux: bool = False
    rtcp_mux_only: bool = False
    rtcp_rsize: bool = False
    bundle_only: bool = False
    line: int = field(default=0, compare=False)  # of its m=, for messages


@dataclass(frozen=True, slots=True)
class Session:
    """A whole description; session-level values stand in for what a section leaves out."""

    origin: Origin
    name: str = "-"
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()  # ("BUNDLE", mids)
    address: str | None = None  # of the session's c= line
    direction: Direction | None = None
    transport: Transport = Transport()
    extensions: tuple[HeaderExtension, ...] = ()
    extmap_allow_mixed: bool = False
    media: tuple[MediaSection, ...] = ()

    @property
    def bundle(self) -> tuple[str, ...]:
        """The mids of the first BUNDLE group, none if there is no such group (RFC 9143)."""
        return next((mids for name, mids in self.groups if name == "BUNDLE"), ())

    def direction_of(self, section: MediaSection) -> Direction:
        """The section's direction, else the session's, else sendrecv (RFC 8866 §6.7)."""
        return section.direction or self.direction or "sendrecv"

    def extensions_of(self, section: MediaSection) -> tuple[HeaderExtension, ...]:
        """Header extensions of the section, or of the session if they stand there (RFC 8285)."""
        return section.extensions or self.extensions

    def transport_of(self, section: MediaSection) -> Transport:
        """The section's transport, filled up from its bundle's first section and the session.

        In a bundle the tagged section's transport holds for all (RFC 9143 §7.3).
        """
        levels = [section.transport, self.transport]
        if section.mid in self.bundle:
            levels[1:1] = [m.transport for m in self.media if m.mid == self.bundle[0]]
        return Transport(
            ice=next((level.ice for level in levels if level.ice), None),
            ice_lite=any(level.ice_lite for level in levels),
            ice_options=next((level.ice_options for level in levels if level.ice_options), ()),
            fingerprints=next((level.fingerprints for level in levels if level.fingerprints), ()),
            setup=next((level.setup for level in levels if level.setup), None),
            candidates=next((level.candidates for level in levels if level.candidates), ()),
            end_of_candidates=any(level.end_of_candidates for level in levels),
        )

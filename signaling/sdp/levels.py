"""What has been read so far of the session level, or of one m-section."""

from dataclasses import dataclass, field, replace
from typing import Final

from typing_extensions import override

from signaling.sdp import attributes as read
from signaling.sdp.lines import Attribute, Line
from signaling.sdp.model import MediaSection, Transport
from signaling.sdp.payloads import PayloadTypes
from signaling.sdp.values import (
    Direction,
    Fingerprint,
    HeaderExtension,
    IceCandidate,
    IceParameters,
    Rid,
    Setup,
    Simulcast,
    Source,
    SourceGroup,
    StreamId,
)

MIN_UFRAG = 4  # RFC 8839 §5.4
MIN_PASSWORD = 22
MOST_SOURCES: Final = 64  # SSRCs of a section; three layers with RTX are six
MOST_GROUPS: Final = 32  # of the SSRCs of a section
MOST_RIDS: Final = 16  # of a section; browsers offer three
_FLAGS = frozenset(
    {
        "bundle-only",
        "end-of-candidates",
        "extmap-allow-mixed",
        "ice-lite",
        "rtcp-mux",
        "rtcp-mux-only",
        "rtcp-rsize",
    }
)


@dataclass(slots=True)
class Level:
    """Attributes that may stand at session level; those of no interest are passed over."""

    address: str | None = None
    direction: Direction | None = None
    flags: set[str] = field(default_factory=set)
    groups: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    extensions: list[HeaderExtension] = field(default_factory=list)
    fingerprints: list[Fingerprint] = field(default_factory=list)
    candidates: list[IceCandidate] = field(default_factory=list)
    setup: Setup | None = None
    options: tuple[str, ...] = ()
    ufrag: str | None = None
    password: str | None = None
    ice_line: Line | None = None

    def take(self, attribute: Attribute) -> None:
        """Read one attribute.

        Raises:
            MalformedSdpError: its value breaks its grammar.
        """
        if attribute.name in _FLAGS:
            self.flags.add(attribute.name)
        elif (direction := read.direction(attribute.name)) is not None:
            self.direction = direction
        else:
            self._take_transport(attribute)

    def _take_transport(self, attribute: Attribute) -> None:
        match attribute.name:
            case "ice-ufrag":
                self.ufrag = read.ice_text(attribute, low=MIN_UFRAG)
                self.ice_line = attribute.line
            case "ice-pwd":
                self.password = read.ice_text(attribute, low=MIN_PASSWORD)
                self.ice_line = attribute.line
            case "ice-options":
                self.options = tuple(attribute.value().split())
            case "fingerprint":
                self.fingerprints.append(read.fingerprint(attribute))
            case "setup":
                self.setup = read.setup(attribute)
            case "candidate":
                self.candidates.append(read.candidate(attribute))
            case "group":
                self.groups.append(read.group(attribute))
            case "extmap":
                self.extensions.append(read.extension(attribute))
            case _:
                pass  # RFC 8866 §5.13: unknown attributes are ignored

    def transport(self) -> Transport:
        """ICE and DTLS as this level states them.

        Raises:
            MalformedSdpError: a ufrag without a password, or the other way round.
        """
        return Transport(
            ice=self._ice(),
            ice_lite="ice-lite" in self.flags,
            ice_options=self.options,
            fingerprints=tuple(self.fingerprints),
            setup=self.setup,
            candidates=tuple(self.candidates),
            end_of_candidates="end-of-candidates" in self.flags,
        )

    def _ice(self) -> IceParameters | None:
        if self.ufrag is not None and self.password is not None:
            return IceParameters(self.ufrag, self.password)
        if self.ice_line is not None:
            raise self.ice_line.fail("a=ice-ufrag and a=ice-pwd stand together")
        return None


class MediaLevel(Level):
    """Attributes of one m-section."""

    def __init__(self, line: Line, *, formats: tuple[str, ...], is_rtp: bool) -> None:
        super().__init__()
        self._line = line
        self._formats = formats
        self._payloads = PayloadTypes(line, formats) if is_rtp else None
        self._mid: str | None = None
        self._stream_ids: list[StreamId] = []
        self._sources: dict[int, list[tuple[str, str | None]]] = {}
        self._source_groups: list[SourceGroup] = []
        self._rids: list[Rid] = []
        self._simulcast: Simulcast | None = None

    @override
    def take(self, attribute: Attribute) -> None:
        match attribute.name:
            case "rtpmap" | "fmtp" | "rtcp-fb":
                if self._payloads is not None:
                    self._payloads.take(attribute)
            case "mid":
                self._mid = read.token(attribute, "a=mid")
            case "msid":
                self._stream_ids.append(read.stream_id(attribute))
            case "ssrc":
                self._add_source(attribute.line, read.source(attribute))
            case "ssrc-group":
                self._source_groups.append(read.source_group(attribute))
                _limit(attribute, len(self._source_groups), MOST_GROUPS)
            case "rid":
                self._rids.append(read.rid(attribute))
                _limit(attribute, len(self._rids), MOST_RIDS)
            case "simulcast":
                self._simulcast = read.simulcast(attribute)
            case _:
                Level.take(self, attribute)

    def _add_source(self, line: Line, source: Source) -> None:
        self._sources.setdefault(source.ssrc, []).extend(source.attributes)
        if len(self._sources) > MOST_SOURCES:
            raise line.fail(f"a section has at most {MOST_SOURCES} SSRCs")

    def _all_sources(self) -> tuple[Source, ...]:
        return tuple(Source(ssrc, tuple(known)) for ssrc, known in self._sources.items())

    def added_to(self, common: MediaSection) -> MediaSection:
        """A section that was read elsewhere, with what this level says of ICE, DTLS and sources."""
        own = self.transport()
        return replace(
            common,
            mid=self._mid,
            stream_ids=tuple(self._stream_ids),
            sources=self._all_sources(),
            source_groups=tuple(self._source_groups),
            transport=replace(
                common.transport,
                ice=own.ice,
                fingerprints=own.fingerprints,
                candidates=own.candidates,
                end_of_candidates=own.end_of_candidates,
            ),
            line=self._line.number,
        )

    def section(self, *, kind: str, port: int, protocol: str) -> MediaSection:
        """The section that has been read."""
        return MediaSection(
            kind=kind,
            port=port,
            protocol=protocol,
            formats=self._formats,
            address=self.address,
            mid=self._mid,
            direction=self.direction,
            transport=self.transport(),
            codecs=self._payloads.codecs() if self._payloads else (),
            extensions=tuple(self.extensions),
            extmap_allow_mixed="extmap-allow-mixed" in self.flags,
            stream_ids=tuple(self._stream_ids),
            sources=self._all_sources(),
            source_groups=tuple(self._source_groups),
            rids=tuple(self._rids),
            simulcast=self._simulcast,
            rtcp_mux="rtcp-mux" in self.flags,
            rtcp_mux_only="rtcp-mux-only" in self.flags,
            rtcp_rsize="rtcp-rsize" in self.flags,
            bundle_only="bundle-only" in self.flags,
            line=self._line.number,
        )


def _limit(attribute: Attribute, count: int, most: int) -> None:
    if count > most:
        raise attribute.line.fail(f"a section has at most {most} lines a={attribute.name}")

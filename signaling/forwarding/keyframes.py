"""Where a viewer may start: the first packet of a key frame, by codec."""

from signaling.forwarding import h264, vp8


def starts_key_frame(codec: str, payload: bytes) -> bool:
    """Whether a decoder that knows nothing yet can begin with this payload.

    In H.264 that is a packet with a sequence parameter set. A bare IDR is none: what it names
    goes out before it (`h264.ParameterSets.insertion`), and that packet is the start.
    """
    match codec.lower():
        case "vp8":
            descriptor = vp8.read(payload)
            return descriptor is not None and descriptor.is_key
        case "h264":
            return h264.SPS in h264.kinds(payload)
        case _:
            return True  # audio decodes from any packet

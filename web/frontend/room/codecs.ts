// The codecs that our pages offer, the first the most wanted; the others only make offers long.

import type { Kind } from "./messages";

// VP8 first: every browser sends it in layers and decodes it without asking for a licence.
const WANTED: Readonly<Record<Kind, readonly string[]>> = {
  audio: ["audio/opus"],
  video: ["video/vp8", "video/h264", "video/rtx"],
};

export function preferCodecs(transceiver: RTCRtpTransceiver, kind: Kind): void {
  const wanted = preferred(capabilities(transceiver, kind), kind);
  if (wanted.length === 0) return;
  try {
    transceiver.setCodecPreferences?.(wanted);
  } catch {
    // an older browser that compares them with the other direction's: it keeps its own order
  }
}

export function preferred(known: readonly RTCRtpCodec[], kind: Kind): RTCRtpCodec[] {
  const order = WANTED[kind];
  const rank = (codec: RTCRtpCodec): number => order.indexOf(codec.mimeType.toLowerCase());
  return known.filter((codec) => rank(codec) >= 0 && !isUnpacketized(codec)).sort(
    (one, other) => rank(one) - rank(other),
  );
}

/** H.264 of packetization mode 0 needs packets of a whole slice (RFC 6184 §6.2); we refuse it. */
function isUnpacketized(codec: RTCRtpCodec): boolean {
  const isH264 = codec.mimeType.toLowerCase() === "video/h264";
  return isH264 && !/packetization-mode=1/.test(codec.sdpFmtpLine ?? "");
}

function capabilities(transceiver: RTCRtpTransceiver, kind: Kind): readonly RTCRtpCodec[] {
  if (typeof RTCRtpSender === "undefined") return [];
  const way = transceiver.direction === "recvonly" ? RTCRtpReceiver : RTCRtpSender;
  return way.getCapabilities(kind)?.codecs ?? [];
}

import { expect, test } from "vitest";
import { preferred } from "./codecs";

const codec = (mimeType: string, sdpFmtpLine = ""): RTCRtpCodec => ({
  mimeType,
  sdpFmtpLine,
  clockRate: 90_000,
});

test("VP8 comes first, then H.264 that we can forward, and nothing else but resends", () => {
  const known = [
    codec("video/AV1"),
    codec("video/H264", "packetization-mode=0;profile-level-id=42e01f"),
    codec("video/H264", "packetization-mode=1;profile-level-id=42e01f"),
    codec("video/rtx"),
    codec("video/VP8"),
  ];
  expect(preferred(known, "video").map((one) => one.mimeType)).toEqual([
    "video/VP8",
    "video/H264",
    "video/rtx",
  ]);
});

test("sound is Opus", () => {
  const known = [codec("audio/red"), codec("audio/opus"), codec("audio/PCMU")];
  expect(preferred(known, "audio").map((one) => one.mimeType)).toEqual(["audio/opus"]);
});

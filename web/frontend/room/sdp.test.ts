import { expect, test } from "vitest";
import { answerAfterRestart, iceCredentials, restartFragment, withRobustOpus } from "./sdp";

const lines = (...all: string[]): string => [...all, ""].join("\r\n");

test("Opus asks for resends and in-band error correction, video stays as it is", () => {
  const offer = lines(
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
    "a=rtpmap:111 opus/48000/2",
    "a=rtcp-fb:111 transport-cc",
    "a=fmtp:111 minptime=10;useinbandfec=0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=rtpmap:96 VP8/90000",
    "a=fmtp:96 max-fr=30",
  );
  expect(withRobustOpus(offer)).toBe(
    lines(
      "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
      "a=rtpmap:111 opus/48000/2",
      "a=rtcp-fb:111 nack",
      "a=rtcp-fb:111 transport-cc",
      "a=fmtp:111 minptime=10;useinbandfec=1",
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      "a=rtpmap:96 VP8/90000",
      "a=fmtp:96 max-fr=30",
    ),
  );
});

test("an offer that asks already is not changed, one without fmtp gets it", () => {
  const asked = lines(
    "a=rtpmap:111 opus/48000/2",
    "a=rtcp-fb:111 nack",
    "a=fmtp:111 minptime=10;useinbandfec=1",
  );
  expect(withRobustOpus(asked)).toBe(asked);
  expect(withRobustOpus(lines("a=rtpmap:109 opus/48000/2"))).toBe(
    lines("a=rtpmap:109 opus/48000/2", "a=rtcp-fb:109 nack", "a=fmtp:109 useinbandfec=1"),
  );
  expect(withRobustOpus(withRobustOpus(asked))).toBe(asked);
});

test("the fragment of a restart carries our new credentials", () => {
  const offer = lines("v=0", "a=ice-ufrag:abcd", "a=ice-pwd:secret+/", "m=audio 9 X 0");
  expect(restartFragment(offer)).toBe("a=ice-ufrag:abcd\r\na=ice-pwd:secret+/\r\n");
  expect(restartFragment("v=0\r\n")).toBeNull();
});

test("the answer of before gets the server's new credentials and candidates", () => {
  const answer = lines(
    "v=0",
    "a=ice-lite",
    "m=audio 9 X 111",
    "a=ice-ufrag:old",
    "a=ice-pwd:old-password",
    "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host",
    "a=mid:0",
  );
  const fragment = lines(
    "a=ice-ufrag:new",
    "a=ice-pwd:new-password",
    "a=candidate:1 1 udp 1 192.0.2.2 5001 typ host",
  );
  expect(answerAfterRestart(answer, fragment)).toBe(
    lines(
      "v=0",
      "a=ice-lite",
      "m=audio 9 X 111",
      "a=ice-ufrag:new",
      "a=ice-pwd:new-password",
      "a=candidate:1 1 udp 1 192.0.2.2 5001 typ host",
      "a=mid:0",
    ),
  );
});

test("a fragment without candidates keeps the known ones, one without credentials is useless", () => {
  const answer = lines("a=ice-ufrag:a", "a=ice-pwd:b", "a=candidate:1");
  expect(answerAfterRestart(answer, lines("a=ice-ufrag:c", "a=ice-pwd:d"))).toBe(
    lines("a=ice-ufrag:c", "a=ice-pwd:d", "a=candidate:1"),
  );
  expect(answerAfterRestart(answer, "a=mid:0\r\n")).toBeNull();
  expect(iceCredentials("a=ice-ufrag:x\n")).toBeNull();
});

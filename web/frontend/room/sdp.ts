// The few changes that our pages make to SDP (RFC 8866); every other line stays as it came.

/** Ask for resends of Opus and for its in-band error correction (Chromium needs both in the SDP). */
export function withRobustOpus(offer: string): string {
  const lines = offer.split("\r\n");
  const types = new Set(
    lines.flatMap((line) => /^a=rtpmap:(\d+) opus\/48000/i.exec(line)?.[1] ?? []),
  );
  const parameters = new Set(
    lines.flatMap((line) => /^a=fmtp:(\d+) /.exec(line)?.[1] ?? []),
  );
  return lines
    .flatMap((line) => {
      const [, fmtpType] = /^a=fmtp:(\d+) /.exec(line) ?? [];
      if (fmtpType !== undefined && types.has(fmtpType)) return [withInbandFec(line)];
      const [, type] = /^a=rtpmap:(\d+) opus\/48000/i.exec(line) ?? [];
      if (type === undefined) return [line];
      const added = lines.includes(`a=rtcp-fb:${type} nack`) ? [] : [`a=rtcp-fb:${type} nack`];
      const fmtp = parameters.has(type) ? [] : [`a=fmtp:${type} useinbandfec=1`];
      return [line, ...added, ...fmtp];
    })
    .join("\r\n");
}

function withInbandFec(fmtp: string): string {
  if (/[ ;]useinbandfec=1(;|$)/.test(fmtp)) return fmtp;
  return `${fmtp.replace(/;?useinbandfec=0/, "")};useinbandfec=1`;
}

export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** The first ICE credentials of a description or fragment; null if it has none. */
export function iceCredentials(sdp: string): IceCredentials | null {
  const ufrag = /^a=ice-ufrag:(.+?)\r?$/m.exec(sdp)?.[1];
  const password = /^a=ice-pwd:(.+?)\r?$/m.exec(sdp)?.[1];
  return ufrag !== undefined && password !== undefined ? { ufrag, password } : null;
}

/** The body of a PATCH that restarts ICE (RFC 8840): our new credentials. */
export function restartFragment(offer: string): string | null {
  const ice = iceCredentials(offer);
  if (ice === null) return null;
  return `a=ice-ufrag:${ice.ufrag}\r\na=ice-pwd:${ice.password}\r\n`;
}

/** The answer of before with the server's new credentials and candidates in every section. */
export function answerAfterRestart(answer: string, fragment: string): string | null {
  const ice = iceCredentials(fragment);
  if (ice === null) return null;
  const candidates = fragment.split(/\r?\n/).filter((line) => line.startsWith("a=candidate:"));
  return answer
    .split("\r\n")
    .flatMap((line) => {
      if (line.startsWith("a=ice-ufrag:")) return [`a=ice-ufrag:${ice.ufrag}`];
      if (line.startsWith("a=ice-pwd:")) return [`a=ice-pwd:${ice.password}`, ...candidates];
      return line.startsWith("a=candidate:") && candidates.length > 0 ? [] : [line];
    })
    .join("\r\n");
}

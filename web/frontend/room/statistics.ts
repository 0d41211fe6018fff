// The few figures of a connection that pages and tests look at, out of getStats().

export interface MediaFigures {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesDecoded: number;
  readonly framesEncoded: number;
  readonly packetsLost: number;
  readonly audioEnergy: number; // grows while something is heard
  readonly freezes: number;
  readonly roundTrip: number | null; // ms
}

type Entry = Readonly<Record<string, unknown>>;

export function summarise(entries: Iterable<Entry>): MediaFigures {
  const all = [...entries];
  const inbound = all.filter((entry) => entry["type"] === "inbound-rtp");
  const outbound = all.filter((entry) => entry["type"] === "outbound-rtp");
  return {
    bytesIn: sum(inbound, "bytesReceived"),
    bytesOut: sum(outbound, "bytesSent"),
    framesDecoded: sum(inbound, "framesDecoded"),
    framesEncoded: sum(outbound, "framesEncoded"),
    packetsLost: sum(inbound, "packetsLost"),
    audioEnergy: sum(inbound, "totalAudioEnergy"),
    freezes: sum(inbound, "freezeCount"),
    roundTrip: roundTrip(all),
  };
}

export async function figuresOf(connection: RTCPeerConnection): Promise<MediaFigures> {
  const entries: Entry[] = [];
  const report = await connection.getStats();
  report.forEach((entry: Entry) => entries.push(entry));
  return summarise(entries);
}

/** Which candidate pair carries the media now; null if the browser does not say. */
export async function selectedPair(connection: RTCPeerConnection): Promise<string | null> {
  let found: string | null = null;
  (await connection.getStats()).forEach((entry: Entry) => {
    const id = entry["type"] === "transport" ? entry["selectedCandidatePairId"] : null;
    if (typeof id === "string") found = id;
  });
  return found;
}

/** bit/s between two readings that are `elapsed` ms apart. */
export function bitrate(before: number, after: number, elapsed: number): number {
  return elapsed > 0 ? Math.max(0, ((after - before) * 8_000) / elapsed) : 0;
}

function sum(entries: readonly Entry[], name: string): number {
  return entries.reduce((total, entry) => total + numberOf(entry[name]), 0);
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function roundTrip(entries: readonly Entry[]): number | null {
  const pair = entries.find(
    (entry) => entry["type"] === "candidate-pair" && entry["nominated"] === true,
  );
  const seconds = pair?.["currentRoundTripTime"];
  return typeof seconds === "number" ? seconds * 1000 : null;
}

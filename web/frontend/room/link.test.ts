import { expect, test } from "vitest";
import { MediaLink, type LinkState } from "./link";
import type { IceServer, MediaEndpoint } from "./messages";
import { flush, PaperClock } from "./testing";

const OFFER = "v=0\r\na=ice-ufrag:mine\r\na=ice-pwd:mine-password\r\n";
const ANSWER = "v=0\r\na=ice-ufrag:theirs\r\na=ice-pwd:their-password\r\n";
const FRAGMENT = "a=ice-ufrag:newer\r\na=ice-pwd:newer-password\r\n";

/** A peer connection on paper: negotiates at once, connects when the test says so. */
class PaperConnection {
  connectionState: RTCPeerConnectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  onconnectionstatechange: (() => void) | null = null;
  restarts = 0;
  pair: string | null = "pair-1";
  isClosed = false;

  constructor(public configuration: RTCConfiguration) {}

  getConfiguration(): RTCConfiguration {
    return this.configuration;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  createOffer(options: RTCOfferOptions = {}): Promise<RTCSessionDescriptionInit> {
    if (options.iceRestart === true) this.restarts += 1;
    return Promise.resolve({ type: "offer", sdp: OFFER });
  }

  setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = description;
    return Promise.resolve();
  }

  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.remoteDescription = description;
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
  }

  getStats(): Promise<Map<string, object>> {
    const entry = { type: "transport", selectedCandidatePairId: this.pair };
    return Promise.resolve(new Map([["t", entry]]));
  }

  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

class Bench {
  readonly clock = new PaperClock();
  readonly connections: PaperConnection[] = [];
  readonly states: LinkState[] = [];
  readonly asked: string[] = [];
  endpoint: MediaEndpoint | null = { url: "https://jobs.example/whip/r1", token: "t1" };
  renewals = 0;
  servers: IceServer[] = [];
  answers: Record<string, () => Response | Error> = {
    POST: () => new Response(ANSWER, { status: 201, headers: { Location: "/whip/r1/s1" } }),
    PATCH: () => new Response(FRAGMENT, { status: 200 }),
    DELETE: () => new Response("", { status: 200 }),
  };
  readonly link: MediaLink;

  constructor() {
    this.link = new MediaLink({
      endpoint: () => this.endpoint,
      renew: () => {
        this.renewals += 1;
      },
      prepare: () => undefined,
      servers: () => this.servers,
      connect: (configuration) => {
        const connection = new PaperConnection(configuration);
        this.connections.push(connection);
        return connection as unknown as RTCPeerConnection;
      },
      fetcher: ((url: string, init: RequestInit) => this.#fetch(url, init)) as typeof fetch,
      clockwork: this.clock,
    });
    this.link.states.listen((state) => this.states.push(state));
  }

  get last(): PaperConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error("no connection was made");
    return connection;
  }

  async connected(): Promise<this> {
    this.link.start();
    await flush();
    this.last.becomes("connected");
    return this;
  }

  fresh(token: string): void {
    this.endpoint = { url: "https://jobs.example/whip/r1", token };
    this.link.granted();
  }

  #fetch(_url: string, init: RequestInit): Promise<Response> {
    const method = String(init.method);
    const { Authorization: token } = init.headers as Record<string, string>;
    this.asked.push(`${method} ${token}`);
    const answer = this.answers[method]?.();
    return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer);
  }
}

test("a link offers once, takes the answer and is connected when media flows", async () => {
  const bench = await new Bench().connected();
  expect(bench.asked).toEqual(["POST Bearer t1"]);
  expect(bench.last.remoteDescription).toEqual({ type: "answer", sdp: ANSWER });
  expect(bench.states).toEqual(["connecting", "connected"]);
  bench.link.start();
  await flush();
  expect(bench.connections).toHaveLength(1);
});

test("a connection knows the TURN servers, and a restart brings their newer credentials", async () => {
  const bench = new Bench();
  const turn = { urls: ["turn:relay.example"], username: "1:li", credential: "secret" };
  bench.servers = [{ urls: ["stun:relay.example"], username: null, credential: null }, turn];
  await bench.connected();
  expect(bench.last.configuration.iceServers).toEqual([{ urls: ["stun:relay.example"] }, turn]);
  bench.servers = [{ ...turn, username: "2:li" }];
  bench.last.becomes("failed");
  await flush();
  expect(bench.last.configuration).toMatchObject({
    bundlePolicy: "max-bundle",
    iceServers: [{ ...turn, username: "2:li" }],
  });
});

test("a failed connection restarts ICE and keeps the session", async () => {
  const bench = await new Bench().connected();
  bench.last.becomes("failed");
  await flush();
  expect(bench.asked).toEqual(["POST Bearer t1", "PATCH Bearer t1"]);
  expect(bench.last.restarts).toBe(1);
  expect(bench.last.remoteDescription?.sdp).toContain("a=ice-ufrag:newer");
  bench.last.becomes("connected");
  expect(bench.states.at(-1)).toBe("connected");
  expect(bench.connections).toHaveLength(1);
});

test("a restart that the server refuses becomes a new session with a fresh token", async () => {
  const bench = await new Bench().connected();
  bench.answers["PATCH"] = () => new Response("", { status: 404 });
  bench.endpoint = { url: "https://jobs.example/whip/r1", token: "t2" };
  const old = bench.last;
  bench.last.becomes("failed");
  await flush();
  expect(old.isClosed).toBe(true);
  expect(bench.asked.at(-1)).toBe("POST Bearer t2");
  bench.last.becomes("connected");
  expect(bench.link.state).toBe("connected");
});

test("a restart that does not help in time becomes a new session, all within five seconds", async () => {
  const bench = await new Bench().connected();
  bench.endpoint = { url: "https://jobs.example/whip/r1", token: "t2" };
  bench.last.becomes("disconnected");
  bench.clock.pass(1_500);
  await flush();
  expect(bench.link.state).toBe("restarting");
  bench.clock.pass(2_500);
  await flush();
  expect(bench.connections).toHaveLength(2);
  expect(bench.asked).toEqual(["POST Bearer t1", "PATCH Bearer t1", "POST Bearer t2"]);
});

test("a short gap heals by itself", async () => {
  const bench = await new Bench().connected();
  bench.last.becomes("disconnected");
  bench.clock.pass(1_000);
  bench.last.becomes("connected");
  bench.clock.pass(10_000);
  await flush();
  expect(bench.asked).toEqual(["POST Bearer t1"]);
});

test("a change of network restarts ICE at once", async () => {
  const bench = await new Bench().connected();
  bench.link.networkChanged();
  await flush();
  expect(bench.asked.at(-1)).toBe("PATCH Bearer t1");
});

test("a restart over a living connection is over when another pair carries the media", async () => {
  const bench = await new Bench().connected();
  bench.link.networkChanged();
  await flush();
  bench.clock.pass(200);
  await flush();
  expect(bench.link.state).toBe("restarting");
  bench.last.pair = "pair-2";
  bench.clock.pass(200);
  await flush();
  expect(bench.link.state).toBe("connected");
  bench.clock.pass(10_000);
  await flush();
  expect(bench.connections).toHaveLength(1);
});

test("a restart in a browser that names no pairs is over when the connection is up", async () => {
  const bench = await new Bench().connected();
  bench.last.pair = null;
  bench.link.networkChanged();
  await flush();
  bench.clock.pass(200);
  await flush();
  expect(bench.link.state).toBe("connected");
});

test("a link that the server has ended is closed without telling it", async () => {
  const bench = await new Bench().connected();
  await bench.link.close(false);
  expect(bench.asked).toEqual(["POST Bearer t1"]);
  expect(bench.connections[0]?.isClosed).toBe(true);
});

test("a used token is never used again: the link waits for a fresh one", async () => {
  const bench = await new Bench().connected();
  bench.link.lost();
  await flush();
  expect(bench.link.state).toBe("waiting");
  expect(bench.renewals).toBe(1);
  bench.fresh("t2");
  bench.clock.pass(0);
  await flush();
  expect(bench.asked.at(-1)).toBe("POST Bearer t2");
});

test("before any token came the link asks for one and waits", async () => {
  const bench = new Bench();
  bench.endpoint = null;
  bench.link.start();
  await flush();
  expect([bench.link.state, bench.renewals]).toEqual(["waiting", 1]);
  expect(bench.connections).toHaveLength(0);
});

test("a full server is asked again after the time that it named", async () => {
  const bench = new Bench();
  bench.answers["POST"] = () =>
    new Response('{"code":"no-worker"}', { status: 503, headers: { "Retry-After": "2" } });
  bench.link.start();
  await flush();
  expect(bench.link.state).toBe("waiting");
  bench.endpoint = { url: "https://jobs.example/whip/r1", token: "t2" };
  bench.clock.pass(1_999);
  await flush();
  expect(bench.asked).toHaveLength(1);
  bench.clock.pass(1);
  await flush();
  expect(bench.asked).toHaveLength(2);
});

test("an expired grant asks for a new one", async () => {
  const bench = new Bench();
  bench.answers["POST"] = () => new Response('{"code":"grant-expired"}', { status: 401 });
  bench.link.start();
  await flush();
  expect(bench.renewals).toBe(1);
});

test("a server that cannot be reached is tried again", async () => {
  const bench = new Bench();
  bench.answers["POST"] = () => new TypeError("network");
  bench.link.start();
  await flush();
  expect(bench.link.state).toBe("waiting");
  bench.link.networkChanged();
  bench.clock.pass(0);
  await flush();
  expect(bench.renewals).toBe(1);
});

test("a session that never connects is given up", async () => {
  const bench = new Bench();
  bench.link.start();
  await flush();
  bench.clock.pass(5_000);
  expect(bench.link.state).toBe("waiting");
  expect(bench.connections[0]?.isClosed).toBe(true);
});

test("a connection that fails at its first try waits before the next", async () => {
  const bench = new Bench();
  bench.link.start();
  await flush();
  bench.last.becomes("failed");
  expect(bench.link.state).toBe("waiting");
});

test("a closed link ends its session and does nothing any more", async () => {
  const bench = await new Bench().connected();
  await bench.link.close();
  expect(bench.asked.at(-1)).toBe("DELETE Bearer t1");
  bench.link.lost();
  bench.link.networkChanged();
  bench.clock.pass(60_000);
  await flush();
  expect(bench.asked).toHaveLength(2);
  expect(bench.link.state).toBe("closed");
});

test("a session that opens after the link was closed is ended again", async () => {
  const bench = new Bench();
  bench.link.start();
  const closing = bench.link.close();
  await closing;
  await flush();
  expect(bench.asked.filter((one) => one.startsWith("POST"))).toHaveLength(
    bench.asked.filter((one) => one.startsWith("DELETE")).length,
  );
  expect(bench.link.state).toBe("closed");
});

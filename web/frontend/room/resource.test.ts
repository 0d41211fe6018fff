import { expect, test } from "vitest";
import { endSession, MediaRefused, patchRestart, postOffer, type MediaSession } from "./resource";

interface Call {
  url: string;
  init: RequestInit;
}

function answering(response: Response): { fetcher: typeof fetch; calls: Call[] } {
  const calls: Call[] = [];
  const fetcher = (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    calls.push({ url: String(url), init: init ?? {} });
    return Promise.resolve(response);
  };
  return { fetcher: fetcher as typeof fetch, calls };
}

const ENDPOINT = { url: "https://jobs.example/whip/r1", token: "t1" };
const SESSION: MediaSession = {
  url: "https://jobs.example/whip/r1/s1",
  token: "t1",
  etag: '"1"',
  answer: "v=0",
};

test("an offer is answered by a session whose address may be relative", async () => {
  const headers = { Location: "/whip/r1/s1", ETag: '"1"' };
  const { fetcher, calls } = answering(new Response("answer", { status: 201, headers }));
  const session = await postOffer(ENDPOINT, "offer", fetcher);
  expect(session).toEqual({ ...SESSION, answer: "answer" });
  expect(calls[0]?.init).toMatchObject({
    method: "POST",
    body: "offer",
    headers: { Authorization: "Bearer t1", "Content-Type": "application/sdp" },
  });
});

test("a refusal carries its code, status and wait", async () => {
  const body = JSON.stringify({ code: "no-worker" });
  const { fetcher } = answering(
    new Response(body, { status: 503, headers: { "Retry-After": "2" } }),
  );
  const error = await postOffer(ENDPOINT, "offer", fetcher).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(MediaRefused);
  expect(error).toMatchObject({ status: 503, code: "no-worker", retryAfter: 2000 });
});

test.each(["<html>", "[]", "null"])("a refusal without a problem document: %s", async (body) => {
  const { fetcher } = answering(new Response(body, { status: 502 }));
  await expect(postOffer(ENDPOINT, "offer", fetcher)).rejects.toMatchObject({
    code: "http-502",
    retryAfter: null,
  });
});

test("a session without an address is no session", async () => {
  const { fetcher } = answering(new Response("answer", { status: 201 }));
  await expect(postOffer(ENDPOINT, "offer", fetcher)).rejects.toThrow("no-location");
});

test("an ICE restart is a PATCH with If-Match *", async () => {
  const headers = { ETag: '"2"' };
  const { fetcher, calls } = answering(new Response("fragment", { status: 200, headers }));
  expect(await patchRestart(SESSION, "mine", fetcher)).toEqual({
    fragment: "fragment",
    etag: '"2"',
  });
  expect(calls[0]?.init).toMatchObject({
    method: "PATCH",
    headers: { "If-Match": "*", "Content-Type": "application/trickle-ice-sdpfrag" },
  });
});

test("a session that the server forgot cannot be restarted", async () => {
  const { fetcher } = answering(new Response("", { status: 404 }));
  await expect(patchRestart(SESSION, "mine", fetcher)).rejects.toMatchObject({ status: 404 });
});

test("a session is ended even while the page goes away", async () => {
  const { fetcher, calls } = answering(new Response("", { status: 200 }));
  await endSession(SESSION, fetcher);
  expect(calls[0]).toMatchObject({
    url: SESSION.url,
    init: { method: "DELETE", keepalive: true, headers: { Authorization: "Bearer t1" } },
  });
});

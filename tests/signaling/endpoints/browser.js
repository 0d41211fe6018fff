// What the tests run in a real browser: publish by WHIP, watch by WHEP, restart ICE, count frames.
async function exchange(peer, path, token) {
  if (peer.extension) offerToo(peer);
  await peer.setLocalDescription(await peer.createOffer());
  const response = await fetch(path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' },
    body: peer.localDescription.sdp,
  });
  if (response.status !== 201) throw new Error(await response.text());
  peer.session = new URL(response.headers.get('Location'), location.href).href;
  peer.etag = response.headers.get('ETag');
  peer.token = token;
  const answer = await response.text();
  await peer.setRemoteDescription({ type: 'answer', sdp: only(peer.transport, peer.address, answer) });
  return peer.session;
}

// The answer as a network sees it that lets only this protocol out, or reaches only this address.
function only(protocol, address, answer) {
  const isOpen = (line) => {
    const [, , transport, , host] = line.split(' ');
    return (!protocol || transport === protocol) && (!address || host === address);
  };
  const lines = answer.split('\r\n');
  return lines.filter((line) => !line.startsWith('a=candidate:') || isOpen(line)).join('\r\n');
}

// The servers of the Link headers that an endpoint answers OPTIONS with (RFC 9725 §4.6).
async function iceServers(path, token) {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(path, { method: 'OPTIONS', headers });
  const parameter = (link, name) => link.match(new RegExp(`; ${name}="([^"]*)"`))?.[1];
  return response.headers.get('Link').split(/, (?=<)/).map((link) => ({
    urls: link.match(/^<([^>]*)>/)[1],
    username: parameter(link, 'username'),
    credential: parameter(link, 'credential'),
  }));
}

function connection({ transport, address, extension, ...configuration } = {}) {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', ...configuration });
  return Object.assign(peer, { transport, address, extension });
}

// Offer one more header extension than the browser does by itself.
function offerToo(peer) {
  for (const transceiver of peer.getTransceivers()) {
    const known = transceiver.getHeaderExtensionsToNegotiate();
    const wanted = known.find(({ uri }) => uri === peer.extension);
    if (wanted) wanted.direction = 'sendrecv';
    if (wanted) transceiver.setHeaderExtensionsToNegotiate(known);
  }
}

async function publish(path, token, options) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: 640, height: 480 },
  });
  window.publisher = connection(options);
  for (const track of stream.getTracks()) {
    publisher.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
  }
  return exchange(publisher, path, token);
}

async function watch(path, token, sounds, pictures, options) {
  window.viewer = connection(options);
  for (let n = 0; n < sounds; n++) viewer.addTransceiver('audio', { direction: 'recvonly' });
  for (let n = 0; n < pictures; n++) viewer.addTransceiver('video', { direction: 'recvonly' });
  return exchange(viewer, path, token);
}

async function restartIce(peer) {
  peer.restartIce();
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const pick = (name) => offer.sdp.match(new RegExp(`a=${name}:.*`))[0].trim();
  const response = await fetch(peer.session, {
    method: 'PATCH',
    headers: {
      Authorization: `Bearer ${peer.token}`,
      'Content-Type': 'application/trickle-ice-sdpfrag',
      'If-Match': '*',
    },
    body: `${pick('ice-ufrag')}\r\n${pick('ice-pwd')}\r\n`,
  });
  if (response.status !== 200) throw new Error(await response.text());
  const fragment = await response.text();
  let answer = peer.remoteDescription.sdp;
  for (const name of ['ice-ufrag', 'ice-pwd']) {
    const line = fragment.match(new RegExp(`a=${name}:.*`))[0].trim();
    answer = answer.replace(new RegExp(`a=${name}:.*`, 'g'), line);
  }
  await peer.setRemoteDescription({ type: 'answer', sdp: answer });
  const current = pick('ice-ufrag').split(':')[1];
  while ((await fragmentInUse(peer)) !== current) await new Promise((done) => setTimeout(done, 50));
  return response.headers.get('ETag') !== peer.etag;
}

// Restarts ICE while the viewer's pictures are counted every 50 ms: the longest wait for one, in ms.
async function restartIceUnderWatch(peer) {
  let { framesDecoded: frames } = await numbers(viewer);
  let shown = performance.now();
  let gap = 0;
  let left = 60; // looks after the restart: three seconds
  const restart = restartIce(peer).then((isNew) => ({ isNew, done: true }));
  let state = {};
  restart.then((told) => (state = told), () => (state = { done: true }));
  while (left > 0) {
    await new Promise((done) => setTimeout(done, 50));
    const now = performance.now();
    const { framesDecoded } = await numbers(viewer);
    gap = Math.max(gap, now - shown);
    if (framesDecoded > frames) [frames, shown] = [framesDecoded, now];
    if (state.done) left -= 1;
  }
  return { isNew: (await restart).isNew, gap };
}

// Plays all that comes: sound that nobody plays has no energy.
function play(peer) {
  for (const { track } of peer.getReceivers()) {
    const element = document.createElement(track.kind);
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
  }
}

// What has been heard so far: seconds times loudness, as soon as it is more than so much.
async function energyBeyond(energy) {
  for (;;) {
    for (const entry of (await viewer.getStats()).values()) {
      if (entry.type === 'inbound-rtp' && entry.totalAudioEnergy > energy) return entry.totalAudioEnergy;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

// Both candidates of the pair that media takes.
async function pairInUse(peer) {
  const report = await peer.getStats();
  const transport = [...report.values()].find((entry) => entry.type === 'transport');
  const pair = report.get(transport.selectedCandidatePairId);
  if (!pair) return null;
  return { local: report.get(pair.localCandidateId), remote: report.get(pair.remoteCandidateId) };
}

const fragmentInUse = async (peer) => (await pairInUse(peer))?.local.usernameFragment;

async function numbers(peer) {
  const found = { framesDecoded: 0, sounds: 0, state: peer.connectionState };
  const report = await peer.getStats();
  for (const entry of report.values()) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'video') {
      found.framesDecoded += entry.framesDecoded || 0;
    }
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') found.sounds += entry.packetsReceived;
  }
  return found;
}

// What the last packet of the viewer's picture said of its source.
function lastOfPicture() {
  const receiver = viewer.getReceivers().find(({ track }) => track.kind === 'video');
  const { captureTimestamp, senderCaptureTimeOffset } = receiver.getSynchronizationSources()[0];
  return { captureTimestamp, senderCaptureTimeOffset };
}

async function framesBeyond(frames) {
  for (;;) {
    const found = await numbers(viewer);
    if (found.framesDecoded > frames && found.sounds > 0) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function payloadTypes(peer) {
  const report = await peer.getStats();
  const codecs = [...report.values()].filter((entry) => entry.type === 'codec');
  return Object.fromEntries(codecs.map((entry) => [entry.mimeType, entry.payloadType]));
}

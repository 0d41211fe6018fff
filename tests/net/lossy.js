// What the tests run in a real browser: publish in layers, watch, and write down what a viewer sees.
// `address` is the one of the server's candidates that this peer uses: a link of its own.
async function exchange(peer, path, token, address) {
  await peer.setLocalDescription(withOpusNack(await peer.createOffer()));
  const response = await fetch(path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' },
    body: peer.localDescription.sdp,
  });
  if (response.status !== 201) throw new Error(await response.text());
  const lines = (await response.text()).split('\r\n');
  const kept = lines.filter((line) => !line.startsWith('a=candidate:') || line.includes(` ${address} `));
  await peer.setRemoteDescription({ type: 'answer', sdp: kept.join('\r\n') });
  return new URL(response.headers.get('Location'), location.href).href;
}

// Milliseconds, and the share of packets lost from which on, as our pages have them (patience.ts).
const [USUAL, PATIENT, OFTEN, LOOK_EVERY] = [100, 200, 0.02, 1000];

// As web/frontend/room/sdp.ts does for our pages.
function withOpusNack({ type, sdp }) {
  return { type, sdp: sdp.replace(/a=rtpmap:(\d+) opus\/48000\/2\r\n/g, '$&a=rtcp-fb:$1 nack\r\n') };
}

async function publish(path, token, address, layers, codec) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  if (window.publisher) publisher.close();
  window.publisher = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const [sound, picture] = [stream.getAudioTracks()[0], stream.getVideoTracks()[0]];
  publisher.addTransceiver(sound, { direction: 'sendonly', streams: [stream] });
  const direction = { direction: 'sendonly', streams: [stream], sendEncodings: layers };
  const { codecs } = RTCRtpSender.getCapabilities('video');
  const sending = publisher.addTransceiver(picture, direction);
  sending.setCodecPreferences([
    ...codecs.filter((one) => one.mimeType === codec),
    ...codecs.filter((one) => one.mimeType !== codec),
  ]);
  const parameters = sending.sender.getParameters(); // a busy machine takes pictures, not pixels
  await sending.sender.setParameters({ ...parameters, degradationPreference: 'maintain-resolution' });
  return exchange(publisher, path, token, address);
}

async function watch(path, token, address) {
  if (window.viewer) viewer.close();
  document.body.replaceChildren();
  window.viewer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  viewer.ontrack = ({ track, receiver }) => {
    receiver.jitterBufferTarget = USUAL;
    const element = document.createElement(track.kind);
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
  };
  for (const kind of ['audio', 'video']) viewer.addTransceiver(kind, { direction: 'recvonly' });
  grownPatient(viewer, { packets: 0, lost: 0 });
  return exchange(viewer, path, token, address);
}

// Looks every second whether much is lost, until it is.
async function grownPatient(peer, before) {
  await new Promise((done) => setTimeout(done, LOOK_EVERY));
  const now = { packets: 0, lost: 0 };
  for (const entry of (await peer.getStats()).values()) {
    if (entry.type !== 'inbound-rtp') continue;
    now.packets += entry.packetsReceived;
    now.lost += Math.max(0, entry.packetsLost);
  }
  const [packets, lost] = [now.packets - before.packets, now.lost - before.lost];
  if (lost > OFTEN * (packets + lost) && lost + packets >= 20) {
    for (const receiver of peer.getReceivers()) receiver.jitterBufferTarget = PATIENT;
  } else if (peer === window.viewer) {
    grownPatient(peer, now);
  }
}

// What the picture comes in, once some of it has.
async function codecSeen() {
  const entries = await viewer.getStats();
  const picture = [...entries.values()].find((one) => one.type === 'inbound-rtp' && one.kind === 'video');
  return entries.get(picture.codecId).mimeType;
}

const NOTHING = { decoded: 0, width: 0, samples: 0, concealed: 0, soundNacks: 0, estimate: 0 };

// One look at both ends; `encoded` counts the frames of the largest layer.
async function look() {
  const found = { at: performance.now() / 1000, encoded: 0, outgoing: 0, ...NOTHING };
  let largest = 0;
  for (const entry of (await publisher.getStats()).values()) {
    if (entry.type === 'outbound-rtp' && entry.kind === 'video') {
      if ((entry.frameWidth || 0) <= largest) continue;
      largest = entry.frameWidth;
      found.encoded = entry.framesEncoded;
    }
    if (entry.type === 'candidate-pair' && entry.nominated) {
      found.outgoing = entry.availableOutgoingBitrate || 0;
    }
  }
  if (!window.viewer) return found;
  for (const entry of (await viewer.getStats()).values()) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'video') {
      found.decoded = entry.framesDecoded;
      found.width = entry.frameWidth || 0;
    }
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') {
      found.samples = entry.totalSamplesReceived || 0;
      found.concealed = entry.concealedSamples || 0;
      found.soundNacks = entry.nackCount;
    }
    if (entry.type === 'candidate-pair' && entry.nominated) {
      found.estimate = entry.availableIncomingBitrate || 0;
    }
  }
  return found;
}

// Looks every tenth of a second, for so many seconds; no longer once a look has this width.
async function observe(seconds, width) {
  const looks = [await look()];
  while (looks.at(-1).at - looks[0].at < seconds && looks.at(-1).width !== width) {
    await new Promise((done) => setTimeout(done, 100));
    looks.push(await look());
  }
  return looks;
}

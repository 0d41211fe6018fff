// What a real browser does here: publish one codec by WHIP, in layers or not, watch by WHEP, count.
async function exchange(peer, path, token) {
  await peer.setLocalDescription(await peer.createOffer());
  const response = await fetch(path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' },
    body: peer.localDescription.sdp,
  });
  if (response.status !== 201) throw new Error(await response.text());
  await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
}

async function publish(room, codec, video, layers = []) {
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio, video });
  window.publisher = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const track of [...stream.getAudioTracks(), ...stream.getVideoTracks()]) {
    const sendEncodings = track.kind === 'audio' ? [] : layers;
    const transceiver = publisher.addTransceiver(track, { direction: 'sendonly', sendEncodings });
    if (track.kind === 'audio') continue;
    track.contentHint = 'motion';
    const all = RTCRtpSender.getCapabilities('video').codecs;
    const name = codec.toLowerCase();
    const wanted = all.filter((each) =>
      [`video/${name}`, 'video/rtx'].includes(each.mimeType.toLowerCase()),
    );
    transceiver.setCodecPreferences(wanted);
  }
  await exchange(publisher, `/whip/${room}`, `publish:${room}`);
}

async function watch(room) {
  window.viewer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const kind of ['audio', 'video']) viewer.addTransceiver(kind, { direction: 'recvonly' });
  const element = document.createElement('video');
  Object.assign(element, { autoplay: true, muted: true, srcObject: new MediaStream() });
  document.body.append(element);
  viewer.ontrack = (event) => element.srcObject.addTrack(event.track);
  await exchange(viewer, `/whep/${room}`, `subscribe:${room}`);
}

// The video statistics of one side; of several layers those of the largest.
async function numbers(peer, type) {
  let found = null;
  for (const entry of (await peer.getStats()).values()) {
    if (entry.type !== type || entry.kind !== 'video') continue;
    if (!found || (entry.frameWidth || 0) > (found.frameWidth || 0)) found = { ...entry };
  }
  return found;
}

// What the recording test runs in a real browser: publish with one codec, play a file.
async function publish(path, token, codec) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: 640, height: 480 },
  });
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  (window.publishers ||= []).push(peer);
  for (const track of stream.getTracks()) {
    const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    if (track.kind === 'video') {
      const { codecs } = RTCRtpSender.getCapabilities('video');
      const wanted = codecs.filter((one) => one.mimeType === `video/${codec}`);
      transceiver.setCodecPreferences([
        ...wanted,
        ...codecs.filter((one) => one.mimeType === 'video/rtx'),
      ]);
    }
  }
  await peer.setLocalDescription(await peer.createOffer());
  const response = await fetch(path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' },
    body: peer.localDescription.sdp,
  });
  if (response.status !== 201) throw new Error(await response.text());
  await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  return response.headers.get('Location');
}

const once = (target, name) =>
  new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener('error', () => reject(target.error), { once: true });
  });

// Plays a file from its start to its end, then seeks into its middle.
async function play(url) {
  const video = document.createElement('video');
  video.muted = true;
  video.src = url;
  document.body.append(video);
  await once(video, 'loadedmetadata');
  video.playbackRate = 2;
  await video.play();
  await once(video, 'ended');
  const found = {
    width: video.videoWidth,
    duration: video.duration,
    reached: video.currentTime,
    pictures: video.getVideoPlaybackQuality().totalVideoFrames,
    dropped: video.getVideoPlaybackQuality().corruptedVideoFrames,
    sound: video.webkitAudioDecodedByteCount,
  };
  video.currentTime = found.reached / 2;
  await once(video, 'seeked');
  found.sought = video.currentTime;
  video.remove();
  return found;
}

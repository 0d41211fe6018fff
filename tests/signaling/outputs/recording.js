// What the recording test runs in a real browser: publish with one codec, play a file.

// Once a second the picture is white for 80 ms while a tone sounds; a patch of noise is always there.
async function flashesAndTones() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
  document.body.append(canvas);
  const audio = new AudioContext({ sampleRate: 48000 });
  await audio.resume();
  const [tone, gain] = [audio.createOscillator(), audio.createGain()];
  const speaker = audio.createMediaStreamDestination();
  tone.frequency.value = 1000;
  gain.gain.value = 0;
  tone.connect(gain).connect(speaker);
  tone.start();
  const start = audio.currentTime;
  for (let second = 1; second < 300; second++) {
    gain.gain.setValueAtTime(0.5, start + second);
    gain.gain.setValueAtTime(0, start + second + 0.08);
  }
  const pen = canvas.getContext('2d');
  const noise = pen.createImageData(64, 64);
  setInterval(() => {
    const at = audio.currentTime - start;
    pen.fillStyle = at > 0.9 && at % 1 < 0.08 ? '#fff' : '#444';
    pen.fillRect(0, 0, 320, 240);
    for (let n = 0; n < noise.data.length; n++) noise.data[n] = 255 * Math.random();
    pen.putImageData(noise, 128, 88);
  }, 10);
  const stream = canvas.captureStream(25);
  stream.addTrack(speaker.stream.getAudioTracks()[0]);
  return stream;
}

async function publish(path, token, codec) {
  window.stream ||= await flashesAndTones();
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

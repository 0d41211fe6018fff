// What a page of the room really receives and sends; and a screen full of small text that both
// sides can draw, so that one can share it and the other compare what it sees.
(() => {
  // What the question answers, as soon as that is true.
  globalThis.until = async (question) => {
    for (;;) {
      const answer = await question();
      if (answer) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  // The height of one picture as it comes in.
  globalThis.received = async (participant, source = "camera") => {
    const place = `#tiles [data-participant="${participant}"][data-source="${source}"] video`;
    const wanted = document.querySelector(place)?.srcObject.getVideoTracks()[0]?.id;
    for (const peer of window.peers)
      for (const one of (await peer.getStats()).values())
        if (one.type === "inbound-rtp" && one.trackIdentifier === wanted)
          return one.frameHeight ?? 0;
    return 0;
  };

  // What has come in of the others so far, by participant and source: pictures that were decoded
  // ("video"), or packets of sound ("audio").
  globalThis.incoming = async (kind) => {
    const reports = await Promise.all(window.peers.map((peer) => peer.getStats()));
    const entries = reports.flatMap((report) => [...report.values()]);
    const found = {};
    for (const { dataset, firstChild } of document.querySelectorAll("#tiles .tile")) {
      const track = firstChild.srcObject.getTracks().find((one) => one.kind === kind)?.id;
      const entry = entries.find((one) => one.type === "inbound-rtp" && one.trackIdentifier === track);
      if (track !== undefined && entry !== undefined)
        found[`${dataset.participant} ${dataset.source}`] =
          kind === "video" ? (entry.framesDecoded ?? 0) : entry.packetsReceived;
    }
    return found;
  };

  // Who sends so many of these at least, and goes on: ten more of each have come since it was asked.
  globalThis.goesOn = async (kind, count) => {
    const before = await incoming(kind);
    return until(async () => {
      const now = await incoming(kind);
      const names = Object.keys(now).filter((name) => now[name] >= (before[name] ?? 0) + 10);
      return names.length >= count && names.sort();
    });
  };

  // How many frames of the shared screen are shown in a second, by the clock of who shares it.
  globalThis.screenRate = async () => {
    const video = document.querySelector("#tiles [data-source=screen] video");
    const shown = () =>
      new Promise((resolve) => video.requestVideoFrameCallback((_, frame) => resolve(frame)));
    const first = await shown();
    for (;;) {
      const last = await shown();
      const frames = last.presentedFrames - first.presentedFrames;
      const ticks = (last.rtpTimestamp - first.rtpTimestamp) >>> 0; // of 90 kHz; they wrap around
      if (frames >= 45) return (frames * 90_000) / ticks;
    }
  };

  // The layers of the own camera that are sent now.
  globalThis.layersSent = () =>
    window.peers
      .filter((peer) => peer.connectionState === "connected")
      .flatMap((peer) => peer.getSenders())
      .map((sender) => sender.getParameters().encodings)
      .filter((encodings) => encodings.length === 3)
      .flatMap((encodings) => encodings.filter((one) => one.active).map((one) => one.rid))
      .join(" ");

  globalThis.looksAway = (isHidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event("visibilitychange"));
  };

  const [WIDTH, HEIGHT, RATE] = [1600, 900, 30]; // twice what a page may send
  const LINES = 44;

  const draw = (canvas, step) => {
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.fillStyle = "#111";
    pen.font = "14px monospace";
    for (let line = 0; line < LINES; line += 1)
      pen.fillText(`${line} def answer(question): return ${line * 7919} # 带岗 qWeRtY {}[]<>`, 40, 60 + line * 18);
    move(pen, step);
    return pen;
  };

  // Something moves, as on every screen.
  const move = (pen, step) => {
    pen.fillStyle = step % 2 ? "#c33" : "#36c";
    pen.fillRect(WIDTH - 60, 20, 20, 20);
  };

  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement("canvas");
    let step = 0;
    const pen = draw(canvas, step);
    const stream = canvas.captureStream(RATE);
    const timer = setInterval(() => move(pen, (step += 1)), 1000 / RATE);
    const [track] = stream.getVideoTracks();
    const stop = track.stop.bind(track);
    track.stop = () => {
      clearInterval(timer);
      stop();
    };
    return stream;
  };

  const luma = (pen) => {
    const pixels = pen.getImageData(40, 40, 700, 800).data;
    const found = new Float32Array(pixels.length / 4);
    for (let place = 0; place < found.length; place += 1)
      found[place] =
        0.3 * pixels[place * 4] + 0.6 * pixels[place * 4 + 1] + 0.1 * pixels[place * 4 + 2];
    return found;
  };

  const likeness = (one, other) => {
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [a, b] = [mean(one), mean(other)];
    let [both, left, right] = [0, 0, 0];
    one.forEach((value, place) => {
      both += (value - a) * (other[place] - b);
      left += (value - a) ** 2;
      right += (other[place] - b) ** 2;
    });
    return both / Math.sqrt(left * right || 1);
  };

  // How like the original the shown screen is, in full size and once it is sharper than the original
  // would be at three quarters of its size; null before that.
  globalThis.sharp = async () => {
    const video = document.querySelector("#tiles [data-source=screen] video");
    if (video?.videoWidth !== WIDTH) return null;
    const original = document.createElement("canvas");
    const wanted = luma(draw(original, 0));
    const shown = document.createElement("canvas");
    [shown.width, shown.height] = [WIDTH, HEIGHT];
    const pen = shown.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, WIDTH, HEIGHT);
    const seen = likeness(wanted, luma(pen));
    const small = document.createElement("canvas");
    [small.width, small.height] = [WIDTH * 0.75, HEIGHT * 0.75];
    small.getContext("2d").drawImage(original, 0, 0, small.width, small.height);
    pen.drawImage(small, 0, 0, WIDTH, HEIGHT);
    const reduced = likeness(wanted, luma(pen));
    return seen > reduced ? { likeness: seen, reduced } : null;
  };
})();

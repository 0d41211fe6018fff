// What the test asks of a page: to enter the room with the real client, and to tell figures.

globalThis.enter = async (token, device) => {
  const url = `ws://${location.host}/socket/r1`;
  const { clockwork, connect } = globalThis; // of a test that wants other ones than the usual
  const options = { url, room: "r1", token, device, storage: sessionStorage };
  if (clockwork !== undefined) options.clockwork = clockwork;
  if (connect !== undefined) options.connect = connect;
  const session = new Room.RoomSession(options);
  globalThis.session = session;
  globalThis.messages = [];
  session.socket.messages.listen((message) => messages.push(message.type));
  session.subscriber.incoming.listen((incoming) => show(incoming));
  const wanted = { audio: true, video: true };
  const media = await navigator.mediaDevices.getUserMedia(wanted);
  const [audio, video] = [media.getAudioTracks()[0], media.getVideoTracks()[0]];
  await session.publisher.use({ audio, video });
  session.open();
};

const show = (incoming) => {
  document.body.replaceChildren(
    ...incoming.map(({ audio, video }) => {
      const element = document.createElement("video");
      element.autoplay = true;
      element.srcObject = new MediaStream([audio, video].filter((track) => track !== null));
      return element;
    }),
  );
};

globalThis.received = async () => {
  const connection = session.subscriber.link.connection;
  const report = connection === null ? [] : [...(await connection.getStats()).values()];
  const inbound = report.filter((entry) => entry.type === "inbound-rtp");
  const sum = (name) => inbound.reduce((total, entry) => total + (entry[name] ?? 0), 0);
  return { frames: sum("framesDecoded"), energy: sum("totalAudioEnergy") };
};

// True once more has been seen and heard than at the call; a new connection counts from zero.
globalThis.flows = async () => {
  let before = await received();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = await received();
    if (now.frames < before.frames) before = { frames: 0, energy: 0 };
    if (now.frames > before.frames + 10 && now.energy > before.energy) return true;
  }
};

globalThis.links = () => [session.publisher.link.state, session.subscriber.link.state];

// How the pairs that media takes look from here, up and down.
globalThis.ways = async () => {
  const connections = [session.publisher, session.subscriber].map((part) => part.link.connection);
  const reports = await Promise.all(connections.map((connection) => connection.getStats()));
  return reports.map((report) => {
    const transport = [...report.values()].find((one) => one.type === "transport");
    const pair = report.get(transport.selectedCandidatePairId);
    const { candidateType, relayProtocol = null } = report.get(pair.localCandidateId);
    return [candidateType, relayProtocol];
  });
};

// Looks of `seconds` at what is seen and heard, twenty a second (tests/net/looks.py).
globalThis.observe = async (seconds) => {
  const looks = [await look()];
  while (looks.at(-1).at - looks[0].at < seconds) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    looks.push(await look());
  }
  return looks;
};

const look = async () => {
  const report = await session.subscriber.link.connection.getStats();
  const inbound = [...report.values()].filter((entry) => entry.type === "inbound-rtp");
  const sum = (name) => inbound.reduce((total, entry) => total + (entry[name] ?? 0), 0);
  const [decoded, samples, concealed] = [
    "framesDecoded",
    "totalSamplesReceived",
    "concealedSamples",
  ].map(sum);
  return { at: performance.now() / 1000, decoded, samples, concealed };
};

// Writes down from now on what becomes of both links.
globalThis.noteStates = () => {
  globalThis.states = { up: [], down: [] };
  session.publisher.link.states.listen((state) => states.up.push(state));
  session.subscriber.link.states.listen((state) => states.down.push(state));
};

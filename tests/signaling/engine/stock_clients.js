// Other people's clients, as a page uses them: Eyevinn's for WHIP and for WHEP.
import { WHIPClient } from "@eyevinn/whip-web-client";
import { WebRTCPlayer } from "@eyevinn/webrtc-player";

const soon = () => new Promise((resolve) => setTimeout(resolve, 50));

export const publish = async (address, authkey) => {
  const endpoint = new URL(address, location.href).href;
  const client = new WHIPClient({ endpoint, opts: { authkey, iceServers: [] } });
  await client.setIceServersFromEndpoint();
  const wanted = { audio: true, video: { width: 640, height: 480 } };
  await client.ingest(await navigator.mediaDevices.getUserMedia(wanted));
  while (client.peer.connectionState !== "connected") await soon();
  globalThis.publisher = client;
  return client.getResourceUrl();
};

export const play = async (address, token) => {
  const video = document.body.appendChild(document.createElement("video"));
  video.autoplay = true;
  const player = new WebRTCPlayer({ video, type: "whep", iceServers: [] });
  globalThis.player = player;
  await player.load(new URL(address, location.href), `Bearer ${token}`);
  while (video.getVideoPlaybackQuality().totalVideoFrames < 40) await soon();
  while (!((await sound(player.peer))?.totalAudioEnergy > 0)) await soon();
  return video.videoWidth / video.videoHeight;
};

const sound = async (peer) =>
  [...(await peer.getStats()).values()].find(
    (one) => one.type === "inbound-rtp" && one.kind === "audio",
  );

export const stop = async () => {
  await player.unload();
  await publisher.destroy();
};

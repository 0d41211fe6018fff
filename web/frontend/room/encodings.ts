// What goes up, and how well: layers of a camera, one sharp picture of a screen, and their sound.

export interface UplinkPlan {
  /** At the first offer; null: the section is not offered. */
  readonly audio: readonly RTCRtpEncodingParameters[] | null;
  readonly video: (track: MediaStreamTrack | null) => readonly RTCRtpEncodingParameters[];
  readonly degradation: "maintain-framerate" | "maintain-resolution";
}

const SPEECH = 48_000; // bit/s: Opus with in-band error correction
const SCREEN_SOUND = 96_000; // bit/s: a video that is shown
const ONE_PICTURE = 600_000; // bit/s: a camera below 640 pixels
const SCREEN_PICTURE = 2_500_000; // bit/s: 1080p of text, sharp within a second or two
export const SCREEN_RATE = 15; // frames a second; text needs sharpness more than motion
export const SIMULCAST_FROM = 640; // pixels of width; a quarter of less is a smear

/** From the smallest to the largest: the order that browsers want and that the server expects. */
const LAYERS: readonly RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

export const CAMERA: UplinkPlan = {
  audio: [{ maxBitrate: SPEECH }],
  video: (track) => (isSmall(track) ? [{ maxBitrate: ONE_PICTURE }] : LAYERS),
  degradation: "maintain-framerate",
};

export const SCREEN: UplinkPlan = {
  audio: [{ maxBitrate: SCREEN_SOUND }],
  video: () => [{ maxBitrate: SCREEN_PICTURE, maxFramerate: SCREEN_RATE }],
  degradation: "maintain-resolution",
};

/** Whether a track is known to be too small for layers; one that is not there yet is not. */
export function isSmall(track: MediaStreamTrack | null): boolean {
  const width = track?.getSettings?.().width;
  return width !== undefined && width < SIMULCAST_FROM;
}

/** Which layers to send: those that are watched, and of a small camera only the whole picture. */
export function activeLayers(
  encodings: readonly RTCRtpEncodingParameters[],
  watched: ReadonlySet<string> | null,
  track: MediaStreamTrack | null,
): readonly RTCRtpEncodingParameters[] {
  if (encodings.every((one) => one.rid === undefined)) return encodings;
  const whole = encodings.at(-1)?.rid;
  const isAnyWatched = watched === null || watched.size > 0;
  return encodings.map((one) => {
    const isWatched = watched === null || watched.has(one.rid ?? "");
    return { ...one, active: isSmall(track) ? isAnyWatched && one.rid === whole : isWatched };
  });
}

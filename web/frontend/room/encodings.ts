// What goes up, and how well: layers of a camera, one sharp picture of a screen, and their sound.

export interface UplinkPlan {
  /** At the first offer; null: the section is not offered. */
  readonly audio: readonly RTCRtpEncodingParameters[] | null;
  readonly video: (track: MediaStreamTrack | null) => readonly RTCRtpEncodingParameters[];
  readonly degradation: "maintain-framerate" | "maintain-resolution";
}

const SPEECH = 48_000; // bit/s: Opus with in-band error correction
const SCREEN_SOUND = 96_000; // bit/s: a video that is shown
const SMALL_PICTURE = 600_000; // bit/s: all of a camera too small for three layers
const SCREEN_PICTURE = 2_500_000; // bit/s: 1080p of text, sharp within a second or two
export const SCREEN_RATE = 15; // frames a second; text needs sharpness more than motion
/** Pixels from which libwebrtc sends three layers: of 960 by 540 less a tenth of the step to 640 by
 * 360. Of a smaller picture it leaves the last layers out, and those are the largest ones. */
export const THREE_LAYERS_FROM = 489_600;
export const TWO_LAYERS_FROM = 640 * 360; // half of less is a smear

/** From the smallest to the largest: the order that browsers want and that the server expects. */
const LAYERS: readonly RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

const TWO_LAYERS: readonly RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 2, maxBitrate: 150_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: SMALL_PICTURE },
];

const CHOICES = [[{ maxBitrate: SMALL_PICTURE }], TWO_LAYERS, LAYERS];

export const CAMERA: UplinkPlan = {
  audio: [{ maxBitrate: SPEECH }],
  video: (track) => CHOICES[mostLayers(track) - 1] ?? LAYERS,
  degradation: "maintain-framerate",
};

export const SCREEN: UplinkPlan = {
  audio: [{ maxBitrate: SCREEN_SOUND }],
  video: () => [{ maxBitrate: SCREEN_PICTURE, maxFramerate: SCREEN_RATE }],
  degradation: "maintain-resolution",
};

/** How many layers can be sent of a track; one that is not there yet may be of any size. */
export function mostLayers(track: MediaStreamTrack | null): number {
  const { width, height } = track?.getSettings?.() ?? {};
  if (width === undefined) return LAYERS.length;
  const pixels = width * (height ?? (width * 9) / 16);
  if (pixels >= THREE_LAYERS_FROM) return LAYERS.length;
  return pixels >= TWO_LAYERS_FROM ? TWO_LAYERS.length : 1;
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
  const isTooSmall = encodings.length > mostLayers(track);
  return encodings.map((one) => {
    const isWatched = watched === null || watched.has(one.rid ?? "");
    return { ...one, active: isTooSmall ? isAnyWatched && one.rid === whole : isWatched };
  });
}

// How loud a track is, on the main thread (AudioContext does not exist in a worker).

const WINDOW = 1024; // samples: 21 ms at 48 kHz
const QUIETEST = -60; // dBFS shown as 0
const METER_EVERY = 100; // ms; a bar that moves faster is only restless

/** From samples in -1..1 to 0 (silence) … 1 (full scale), linear in decibels. */
export function levelOf(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  if (power === 0) return 0;
  const decibels = 10 * Math.log10(power);
  return Math.min(1, Math.max(0, 1 - decibels / QUIETEST));
}

export class LevelMeter {
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #samples = new Float32Array(WINDOW);

  constructor(track: MediaStreamTrack, context: AudioContext) {
    this.#context = context;
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = WINDOW;
    this.#source.connect(this.#analyser);
  }

  /** The level of this moment, 0 … 1. */
  read(): number {
    if (this.#context.state !== "running") return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return levelOf(this.#samples);
  }

  close(): void {
    this.#source.disconnect();
  }
}

/** Show the level ten times a second; call the answer to stop. */
export function showLevel(meter: LevelMeter, show: (level: number) => void): () => void {
  const timer = window.setInterval(() => {
    show(meter.read());
  }, METER_EVERY);
  return () => {
    window.clearInterval(timer);
    meter.close();
    show(0);
  };
}

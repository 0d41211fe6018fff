// The device check of the waiting room: permission, choice, preview, level, and what to do if not.

import {
  checkOf,
  listDevices,
  openDevices,
  watchDevices,
  type OpenedDevices,
} from "../room/devices";
import { LevelMeter, showLevel } from "../room/levels";
import type { Check } from "../room/messages";
import { Signal } from "../room/signal";
import { make, part, show } from "./dom";
import { t } from "./texts";
import { deviceAdvice, type Advice } from "./trouble";

export interface DeviceState {
  readonly opened: OpenedDevices | null; // null: not asked yet
  readonly camera: Check;
  readonly microphone: Check;
}

const HEARD = 0.25; // a level that counts as speech

export class DeviceCheck {
  readonly changes = new Signal<DeviceState>();
  #state: DeviceState = { opened: null, camera: "unknown", microphone: "unknown" };
  #stopMeter: () => void = () => undefined;
  #context: AudioContext | null = null;
  readonly #camera = part<HTMLSelectElement>("camera");
  readonly #microphone = part<HTMLSelectElement>("microphone");

  constructor() {
    part("devices-on").addEventListener("click", () => void this.open());
    for (const choice of [this.#camera, this.#microphone])
      choice.addEventListener("change", () => void this.open());
    watchDevices(() => void this.#list());
  }

  get state(): DeviceState {
    return this.#state;
  }

  async open(): Promise<void> {
    const wanted = { camera: this.#camera.value || true, microphone: this.#microphone.value || true };
    this.#become({ ...this.#state, camera: "checking", microphone: "checking" });
    this.#release();
    const opened = await openDevices(wanted);
    this.#become({
      opened,
      camera: checkOf(opened.video, opened.camera),
      microphone: checkOf(opened.audio, opened.microphone),
    });
    this.#preview(opened);
    this.#explain(opened);
    await this.#list();
  }

  /** Let go of camera and microphone: their lights go out. */
  close(): void {
    this.#release();
  }

  #become(state: DeviceState): void {
    this.#state = state;
    this.changes.tell(state);
  }

  #release(): void {
    this.#stopMeter();
    this.#stopMeter = () => undefined;
    this.#state.opened?.audio?.stop();
    this.#state.opened?.video?.stop();
  }

  #preview({ audio, video }: OpenedDevices): void {
    for (const id of ["preview", "self"]) {
      const picture = part<HTMLVideoElement>(id);
      picture.srcObject = video === null ? null : new MediaStream([video]);
    }
    show(part("preview-empty"), video === null);
    show(part("self-empty"), video === null);
    if (audio !== null) this.#meter(audio);
  }

  #meter(track: MediaStreamTrack): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
    const level = part<HTMLMeterElement>("level");
    const said = part("level-said");
    this.#stopMeter = showLevel(new LevelMeter(track, this.#context), (value) => {
      level.value = value;
      if (value > HEARD && said.textContent === "") said.textContent = t("Your microphone works.");
    });
  }

  #explain(opened: OpenedDevices): void {
    const advice = adviceFor(opened);
    const box = part("trouble");
    show(box, advice !== null);
    if (advice !== null) box.replaceChildren(make("strong", "", advice.title), ` ${advice.step}`);
    const button = part("devices-on");
    show(button, opened.audio === null && opened.video === null);
    if (!button.hidden) button.lastChild?.replaceWith(` ${t("Try again")}`);
  }

  async #list(): Promise<void> {
    if (this.#state.opened === null) return;
    const { cameras, microphones } = await listDevices();
    fill(this.#camera, cameras, this.#state.opened.video);
    fill(this.#microphone, microphones, this.#state.opened.audio);
    show(part("device-choice"), cameras.length + microphones.length > 0);
  }
}

export function adviceFor(opened: OpenedDevices): Advice | null {
  if (opened.audio === null && opened.video === null)
    return deviceAdvice(opened.microphone ?? opened.camera ?? "none");
  if (opened.audio === null)
    return {
      title: t("No microphone was found: the others will not hear you."),
      step: deviceAdvice(opened.microphone ?? "none").step,
    };
  if (opened.video === null && opened.camera === "none")
    return { title: t("No camera was found: you join with sound only."), step: "" };
  return opened.video === null ? deviceAdvice(opened.camera ?? "none") : null;
}

function fill(
  choice: HTMLSelectElement,
  devices: readonly MediaDeviceInfo[],
  track: MediaStreamTrack | null,
): void {
  const current = track?.getSettings().deviceId ?? choice.value;
  choice.replaceChildren(
    ...devices.map((device, index) => {
      const option = make("option", "", device.label || `${index + 1}`);
      option.value = device.deviceId;
      option.selected = device.deviceId === current;
      return option;
    }),
  );
  choice.disabled = devices.length === 0;
}

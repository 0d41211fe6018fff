"""What a page really shows and plays of the others, measured in the page itself."""

from dataclasses import dataclass

from playwright.async_api import Page

SECONDS = 10
WATCH = """
async (seconds) => {
  const video = document.querySelector("#tiles video");
  const canvas = document.createElement("canvas");
  canvas.width = 64; canvas.height = 36;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const context = new AudioContext();
  await context.resume();
  const ear = context.createAnalyser();
  const tracks = video.srcObject.getAudioTracks();
  context.createMediaStreamSource(new MediaStream(tracks)).connect(ear);
  const wave = new Float32Array(ear.fftSize);
  const pictures = [], levels = [];
  for (let second = 0; second < seconds; second += 1) {
    let loudest = 0;
    for (let step = 0; step < 20; step += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ear.getFloatTimeDomainData(wave);
      loudest = Math.max(loudest, ...wave.map(Math.abs));
    }
    pen.drawImage(video, 0, 0, 64, 36);
    const pixels = pen.getImageData(0, 0, 64, 36).data;
    let light = 0, mark = 0;
    for (let place = 0; place < pixels.length; place += 4) {
      const sum = pixels[place] + pixels[place + 1] + pixels[place + 2];
      light += sum / 3;
      mark = (mark * 31 + sum) >>> 0;
    }
    pictures.push({ light: light / (64 * 36), mark });
    levels.push(loudest);
  }
  return { width: video.videoWidth, pictures, levels };
}
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """One reading a second of the first other person's picture and sound."""

    width: int
    lights: tuple[float, ...]  # mean of all pixels, 0 to 255
    marks: tuple[int, ...]  # equal marks, equal pictures
    levels: tuple[float, ...]  # the loudest sample of the second, 0 to 1


async def watch(page: Page) -> Watched:
    """Watch the other side for ten seconds."""
    seen = await page.evaluate(WATCH, SECONDS)
    return Watched(
        width=seen["width"],
        lights=tuple(picture["light"] for picture in seen["pictures"]),
        marks=tuple(picture["mark"] for picture in seen["pictures"]),
        levels=tuple(seen["levels"]),
    )


async def sees_and_hears(page: Page) -> None:
    """Ten seconds in a row without a fault; a busy machine may spoil two tries."""
    for tries_left in (2, 1, 0):
        faults = _faults(await watch(page))
        if not faults:
            return
        assert tries_left, faults


def _faults(watched: Watched) -> list[str]:
    faults = {
        "there is no picture": watched.width == 0,
        "the picture went black": min(watched.lights) <= 10,
        "the picture stood still": len(set(watched.marks)) < SECONDS - 2,
        "it fell silent": sum(level > 0.01 for level in watched.levels) < SECONDS - 3,
    }
    return [fault for fault, is_so in faults.items() if is_so]

"""The wheel in a clean environment: four packages, the command, a page and a style sheet."""

import re
import socket
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"interviews", "scheduler", "signaling", "web"}
HREF = re.compile(r'href="(/static/[^"]+\.css)"')


def need(found: object, message: str) -> None:
    if not found:
        sys.exit(f"check_wheel: {message}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def build(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    return next(folder.glob("daigang-*.whl"))


def check_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    need(tops == PACKAGES, f"the wheel holds {sorted(tops)}")
    built = ("messages.mo", "browser.json")
    texts = [f"web/locale/zh_CN/LC_MESSAGES/{name}" for name in built]
    for needed in ("web/static/manifest.json", *texts):
        need(needed in names, f"the wheel lacks {needed}")
    inside = [name for name in names if "/frontend/" in name]
    need(not inside, "sources of the front-end are inside")


def install(wheel: Path, folder: Path) -> Path:
    run(sys.executable, "-m", "venv", folder)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install"]
    run(
        *pip,
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "-r",
        ROOT / "requirements" / "runtime.lock",
    )
    run(*pip, "--quiet", "--no-deps", wheel)
    return folder / "bin" / "daigang"


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  our own address
        return str(answer.read().decode())


def check_running(daigang: Path, folder: Path) -> None:
    port = str(free_port())
    environment = {"PATH": "/usr/bin:/bin", "DAIGANG_PORT": port, "DAIGANG_DATA": str(folder / "d")}
    process = subprocess.Popen(
        [daigang, "serve"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        base = ready(process)
        sheets = HREF.findall(fetch(f"{base}/"))
        need(sheets, "the page names no style sheet")
        need("--bs-primary" in fetch(base + sheets[0]), "the style sheet is not ours")
    finally:
        process.terminate()
        process.wait(timeout=30)


def ready(process: "subprocess.Popen[str]") -> str:
    """The address that the service prints once it is ready."""
    need(process.stdout, "the service has no output")
    for line in process.stdout or ():
        if found := re.search(r"is ready: (http://\S+)", line):
            return found[1]
    return sys.exit("check_wheel: the service ended before it was ready")


def main() -> int:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        wheel = build(folder)
        check_contents(wheel)
        check_running(install(wheel, folder / "venv"), folder)
    print("the wheel installs and serves")
    return 0


if __name__ == "__main__":
    sys.exit(main())

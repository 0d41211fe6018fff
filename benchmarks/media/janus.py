"""The whole configuration of the Janus that we compare with: all that it needs, nothing else."""

from pathlib import Path
from typing import Final

from benchmarks.media.network import SERVER
from benchmarks.media.replay import codec_of

MODULES: Final = "/usr/lib/{machine}-linux-gnu/janus"

GENERAL: Final = """\
general: {{
    configs_folder = "{folder}"
    plugins_folder = "{modules}/plugins"
    transports_folder = "{modules}/transports"
    events_folder = "{modules}/events"
    loggers_folder = "{modules}/loggers"
    log_to_stdout = true
    debug_level = 3
    interface = "{server}"
    session_timeout = 0
    event_loops = 1
    mdns = false
    hide_dependencies = true
}}
media: {{
    rtp_port_range = "20000-40000"
}}
nat: {{
    ice_lite = true
    ice_tcp = false
    full_trickle = false
    ice_enforce_list = "{server}"
    ignore_mdns = true
}}
plugins: {{
    disable = "{plugins}"
}}
transports: {{
    disable = "{transports}"
}}
events: {{
    broadcast = false
}}
"""
HTTP: Final = """\
general: {{
    json = "compact"
    base_path = "/janus"
    http = true
    port = 8088
    ip = "{server}"
    https = false
}}
admin: {{
    admin_http = false
    admin_https = false
}}
"""
STREAMING: Final = """\
load: {{
    type = "rtp"
    id = 1
    media = (
        {{
            type = "audio"
            mid = "a"
            label = "sound"
            port = 10002
            pt = 111
            codec = "opus"
        }},
        {{
            type = "video"
            mid = "v"
            label = "picture"
            port = 10004
            pt = {payload_type}
            codec = "{codec}"
            {more}
        }}
    )
}}
"""
MORE: Final = {  # of the picture, by traffic
    "h264": 'fmtp = "profile-level-id=42e01f;packetization-mode=1"',
    "simulcast": """simulcast = true
            port2 = 10006
            port3 = 10008""",
}


def _modules() -> Path:
    found = next(Path("/usr/lib").glob("*-linux-gnu/janus"), None)
    if found is None:
        raise RuntimeError("Debian's janus is not installed (make setup installs it)")
    return found


def _all_but(folder: Path, kept: str) -> str:
    names = {path.name.split(".so")[0] + ".so" for path in folder.glob("libjanus_*.so*")}
    return ",".join(sorted(names - {kept}))


def configuration(folder: Path, traffic: str) -> dict[str, str]:
    """File names and texts, for a mountpoint of Opus and that traffic's pictures."""
    codec = codec_of(traffic)
    modules = _modules()
    values = {
        "folder": folder,
        "modules": modules,
        "server": SERVER,
        "plugins": _all_but(modules / "plugins", "libjanus_streaming.so"),
        "transports": _all_but(modules / "transports", "libjanus_http.so"),
        "codec": codec,
        "payload_type": {"vp8": 96, "h264": 108}[codec],
        "more": MORE.get(traffic, ""),
    }
    return {
        "janus.jcfg": GENERAL.format(**values),
        "janus.transport.http.jcfg": HTTP.format(**values),
        "janus.plugin.streaming.jcfg": STREAMING.format(**values),
    }

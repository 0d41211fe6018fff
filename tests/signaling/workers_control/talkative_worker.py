"""A worker process that first says a wrong name at the socket, then works as it should."""

import socket
import struct
import sys
from pathlib import Path

from signaling.workers.messages import Hello
from signaling.workers.process import main


def sent_away(path: str) -> bool:
    """Whether a stranger's greeting is answered with the end of the link."""
    hello = Hello(worker="stranger", process=1, fingerprint="AB", candidates=())
    text = hello.model_dump_json().encode()
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        link.sendall(struct.pack("!I", len(text)) + text)
        return link.recv(1) == b""


if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    is_sent_away = sent_away(sys.argv[sys.argv.index("--socket") + 1])
    (folder / "sent-away").write_text("yes" if is_sent_away else "no")
    main()

"""An address that peers are told: `203.0.113.7`, `203.0.113.7:50000`, `[2001:db8::7]:50000`."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from typing_extensions import override

WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[^:\[\]]+)):(?P<port>\d{1,5})")
HIGHEST = 65535  # RFC 768


@dataclass(frozen=True, slots=True)
class Advertised:
    """An address, and the port outside where it is not the one that is bound."""

    address: str
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """What is written; raises ValueError, which says what was expected."""
        found = WITH_PORT.fullmatch(text)
        host, port = (found["v6"] or found["v4"], int(found["port"])) if found else (text, None)
        try:
            address = str(ipaddress.ip_address(host))
        except ValueError as error:
            raise ValueError(f"{text} is no IP address, alone or with a port") from error
        if port is not None and not 0 < port <= HIGHEST:
            raise ValueError(f"{text}: a port is a number from 1 to {HIGHEST}")
        return cls(address, port)

    def of(self, index: int) -> Self:
        """The same for the worker in this place: each has the port after the one before."""
        return self if self.port is None else type(self)(self.address, self.port + index)

    @override
    def __str__(self) -> str:
        if self.port is None:
            return self.address
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"

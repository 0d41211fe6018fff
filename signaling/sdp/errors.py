"""The only exceptions that leave this package."""


class SdpError(Exception):
    """A description breaks a rule; `line` counts from 1 (0: the description as a whole)."""

    def __init__(self, line: int, rule: str) -> None:
        self.line = line
        self.rule = rule
        super().__init__(f"line {line}: {rule}")


class MalformedSdpError(SdpError):
    """The text breaks the grammar of RFC 8866 or of one of its attributes."""


class UnsupportedSdpError(SdpError):
    """The text is well-formed, but asks for what cannot be answered."""

"""If-Match against the entity tag of an ICE session (RFC 9725 §4.3, RFC 9110 §13.1.1)."""

from signaling.refusals import PreconditionMissing, PreconditionWrong

_ANY = frozenset({"*", '"*"'})  # the examples of RFC 9725 quote the star


def require_match(if_match: str | None, etag: str) -> None:
    """Check that the header names this tag (unquoted here), or any.

    Raises:
        PreconditionMissing: there is no header.
        PreconditionWrong: it names others; a weak tag never matches.
    """
    if if_match is None:
        raise PreconditionMissing
    tags = {tag.strip() for tag in if_match.split(",")}
    if not tags & (_ANY | {f'"{etag}"'}):
        raise PreconditionWrong

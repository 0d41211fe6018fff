"""The data folder: made when it is missing, with the secret keys in it."""

from web.cli import Trouble
from web.secrets import BrokenKeyError, Secrets
from web.settings import Settings


def load_secrets(settings: Settings) -> Secrets:
    """The keys of this service; raises Trouble when they can be neither read nor made."""
    make_folder(settings)
    try:
        return Secrets.load(settings.data)
    except BrokenKeyError as error:
        mend = "put the old file back, or remove it: everybody then signs in anew"
        raise Trouble(f"{error}; {mend}") from error
    except OSError as error:
        told = f"the secret key in {settings.data} can be neither read nor made: {error.strerror}"
        raise Trouble(f"{told}; set DAIGANG_DATA to a folder that you may write") from error


def make_folder(settings: Settings) -> None:
    """Make it, unless it is there; raises Trouble when that is impossible."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        told = f"the data folder {settings.data} cannot be made: {error.strerror}"
        raise Trouble(f"{told}; set DAIGANG_DATA to a folder that you may write") from error

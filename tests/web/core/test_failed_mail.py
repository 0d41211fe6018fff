"""What the administrator reads about mail that could not be delivered."""

from scheduler.delivery.letters.account import LETTERS
from scheduler.invites.values import Method
from web.handlers.mail import WHAT


def test_every_kind_of_mail_has_a_name_for_people() -> None:
    assert set(WHAT) == {*LETTERS, *(method.value for method in Method)}

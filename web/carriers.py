"""Which carrier takes the mail: SMTP where a server is set, else the data folder."""

from scheduler.delivery.carriers import Carrier
from scheduler.delivery.kept import KeptMail
from scheduler.delivery.smtp import Security, SmtpCarrier, SmtpServer
from web.settings import Settings

KEPT = "mail"  # the folder inside the data folder


def kept_mail(settings: Settings) -> KeptMail:
    """The mail that was kept because no server is set."""
    return KeptMail(settings.data / KEPT)


def build_carrier(settings: Settings) -> Carrier:
    """The carrier that the settings ask for."""
    mail = settings.mail
    if not mail.host:
        return kept_mail(settings)
    password = mail.password.get_secret_value()
    server = SmtpServer(
        mail.host, mail.port, Security(mail.security), mail.user, password, mail.timeout
    )
    return SmtpCarrier(server)

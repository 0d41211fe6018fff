import pytest

from interviews.people.refusals import EmailMalformed, LocaleUnknown, NameMissing, ZoneUnknown
from interviews.people.rules import known_locale, known_zone, normal_email, normal_name, zones


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("grad001@example.com", "grad001@example.com"),
        ("  Grad001@Example.COM ", "grad001@example.com"),
        ("li.wei+jobs@stu.edu.cn", "li.wei+jobs@stu.edu.cn"),
        ("bewerber@köln.de", "bewerber@xn--kln-sna.de"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str):
    assert normal_email(typed) == kept


@pytest.mark.parametrize("typed", ["", "grad001", "a@b", "a b@example.com", "a@b@c.com", "x" * 300])
def test_what_no_letter_reaches_is_refused(typed: str):
    with pytest.raises(EmailMalformed):
        normal_email(typed)


def test_an_address_with_a_line_break_cannot_add_a_header_to_a_letter():
    with pytest.raises(EmailMalformed):
        normal_email("a@example.com\r\nBcc: b@example.com")


def test_an_address_that_fits_no_envelope_is_refused():
    label = "d" * 60
    with pytest.raises(EmailMalformed):
        normal_email(f"{'a' * 64}@{label}.{label}.{label}.{label}.com")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  云小溪 ", "云小溪"),
        ("古丽·阿依木", "古丽·阿依木"),
        ("Anna\u00a0\tMaria", "Anna Maria"),
        ("Rene\u0301", "René"),
        ("\u4dae", "\u4dae"),
        ("a\r\nb", "a b"),
    ],
)
def test_a_name_is_kept_as_its_owner_writes_it(typed: str, kept: str):
    assert normal_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "\n", "名" * 101])
def test_a_name_has_between_one_and_a_hundred_characters(typed: str):
    with pytest.raises(NameMissing):
        normal_name(typed)


def test_we_write_chinese_and_english():
    assert known_locale("en") == "en"
    with pytest.raises(LocaleUnknown):
        known_locale("fr")


def test_a_zone_is_one_of_the_iana_database():
    assert known_zone("America/Vancouver") == "America/Vancouver"
    assert "Asia/Shanghai" in zones()
    for wrong in ("Asia/Peking", "+08:00", "../etc/passwd"):
        with pytest.raises(ZoneUnknown):
            known_zone(wrong)

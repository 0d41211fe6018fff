"""The reference pages that scripts write are those of today's code."""

from collections import Counter

from scripts import refusals_page, settings_page
from web.settings import Settings


def test_the_settings_page_is_current():
    written = settings_page.PAGE.read_text(encoding="utf-8")
    assert written == settings_page.page(), "run: python -m scripts.settings_page"


def test_the_settings_page_names_every_variable():
    written = settings_page.PAGE.read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`DAIGANG_{name.upper()}" in written, name


def test_every_setting_says_what_it_means():
    for name, field in Settings.model_fields.items():
        inner = getattr(type(field.default), "model_fields", {name: field})
        assert all(one.description for one in inner.values()), name


def test_the_refusals_page_is_current():
    written = refusals_page.PAGE.read_text(encoding="utf-8")
    assert written == refusals_page.page(), "run: python -m scripts.refusals_page"


def test_no_two_refusals_share_a_code():
    codes = Counter(one.code for one in refusals_page.refusals())
    assert [code for code, count in codes.items() if count > 1] == []


def test_every_refusal_states_its_own_code_and_a_next_step():
    for one in refusals_page.refusals():
        assert "code" in vars(one), one
        assert one.message, one
        assert one.next_step, one

from interviews.people.models import Person
from tests.support.accounts import PASSWORD, Register
from tests.support.site import Site


async def test_name_language_and_zone_can_be_changed(site: Site, register: Register):
    number = await register("li@example.com")
    visitor = await site.signed_in(number)
    answer = await visitor.send(
        "/me/account", on="/me/account", name="李薇", locale="zh_CN", zone="Asia/Tokyo"
    )
    assert answer.status == 303
    page = await visitor.get("/me/account")
    assert '<html lang="zh-CN">' in page.text
    async with site.database.reading() as session:
        person = await session.get(Person, number)
    assert (person.name, person.locale, person.zone) == ("李薇", "zh_CN", "Asia/Tokyo")


async def test_a_wrong_detail_is_said_beside_its_field(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    answer = await visitor.send(
        "/me/account", on="/me/account", name="", locale="en", zone="Asia/Peking"
    )
    assert answer.status == 422
    answer = await visitor.send(
        "/me/account", on="/me/account", name="Li", locale="en", zone="Asia/Peking"
    )
    assert 'id="zone-error"' in answer.text


async def test_a_new_password_needs_the_old_one(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    wrong = await visitor.send(
        "/me/account/password",
        on="/me/account",
        old_password="not the old one",
        new_password="a quite different phrase",
    )
    assert wrong.status == 422
    assert 'id="old_password-error"' in wrong.text
    weak = await visitor.send(
        "/me/account/password", on="/me/account", old_password=PASSWORD, new_password="1234567890"
    )
    assert 'id="new_password-error"' in weak.text


async def test_a_new_password_signs_out_every_other_browser_and_renews_this_one(
    site: Site, register: Register
):
    number = await register("li@example.com")
    visitor, elsewhere = await site.signed_in(number), await site.signed_in(number)
    before = visitor.cookie("session")
    answer = await visitor.send(
        "/me/account/password",
        on="/me/account",
        old_password=PASSWORD,
        new_password="a quite different phrase",
    )
    assert answer.status == 303
    assert visitor.cookie("session") not in {"", before}
    assert (await visitor.get("/me/account")).status == 200
    assert (await elsewhere.get("/me/account")).status == 303


async def test_who_signs_in_by_mail_may_choose_a_first_password(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com", password=""))
    page = await visitor.get("/me/account")
    assert "You have no password yet" in page.text
    answer = await visitor.post(
        "/me/account/password", csrf=page.csrf, new_password="a quite different phrase"
    )
    assert answer.status == 303


async def test_the_browsers_are_listed_and_can_be_signed_out_one_by_one(
    site: Site, register: Register
):
    number = await register("li@example.com")
    visitor, phone, tablet = [await site.signed_in(number) for _ in range(3)]
    page = await visitor.get("/me/account")
    assert page.text.count("Firefox on Linux") == 3
    assert page.words.count("This browser") == 1
    ends = [line.split('"')[0] for line in page.text.split('action="')[1:]]
    first = next(path for path in ends if path.endswith("/end") and path.count("/") == 5)
    assert (await visitor.post(first, csrf=page.csrf)).status == 303
    states = sorted(
        [(await phone.get("/me/account")).status, (await tablet.get("/me/account")).status]
    )
    assert states == [200, 303]


async def test_every_other_browser_can_be_signed_out_at_once(site: Site, register: Register):
    number = await register("li@example.com")
    visitor, *others = [await site.signed_in(number) for _ in range(3)]
    await visitor.send("/me/account/sessions/end", on="/me/account")
    assert (await visitor.get("/me/account")).status == 200
    for other in others:
        assert (await other.get("/me/account")).status == 303
    assert "No other browser is signed in." in (await visitor.get("/me/account")).text


async def test_nobody_ends_a_session_of_somebody_else(site: Site, register: Register):
    mine = await site.signed_in(await register("li@example.com"))
    theirs = await site.signed_in(await register("wu@example.com"))
    for number in (1, 2):
        await mine.send(f"/me/account/sessions/{number}/end", on="/me/account")
        if (await mine.get("/me/account")).status != 200:
            mine = await site.signed_in(1)
    assert (await theirs.get("/me/account")).status == 200

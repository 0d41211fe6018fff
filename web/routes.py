"""The whole sitemap on one screen."""

from web.handlers import language
from web.handlers.identity import account, mailed, people, pressed, sign_in, sign_up
from web.sitemap import ANYONE, ORGANISER, SIGNED_IN, Route

PAGES: tuple[Route, ...] = (
    Route("POST", "/language", language.choose, ANYONE),
    Route("GET", "/sign-in", sign_in.show, ANYONE),
    Route("POST", "/sign-in", sign_in.submit, ANYONE),
    Route("POST", "/sign-out", sign_in.sign_out, ANYONE),
    Route("GET", "/sign-up", sign_up.show, ANYONE),
    Route("POST", "/sign-up", sign_up.submit, ANYONE),
    Route("GET", "/terms", sign_up.terms, ANYONE),
    Route("GET", "/sign-in/link", mailed.show_sign_in, ANYONE),
    Route("POST", "/sign-in/link", mailed.submit_sign_in, ANYONE),
    Route("GET", "/forgotten", mailed.show_forgotten, ANYONE),
    Route("POST", "/forgotten", mailed.submit_forgotten, ANYONE),
    Route("GET", "/mail-sent", mailed.sent, ANYONE),
    Route("GET", "/sign-in/link/{token}", pressed.show_sign_in, ANYONE),
    Route("POST", "/sign-in/link/{token}", pressed.press_sign_in, ANYONE),
    Route("GET", "/verify/{token}", pressed.show_verify, ANYONE),
    Route("POST", "/verify/{token}", pressed.press_verify, ANYONE),
    Route("GET", "/reset/{token}", pressed.show_reset, ANYONE),
    Route("POST", "/reset/{token}", pressed.press_reset, ANYONE),
    Route("GET", "/me/account", account.show, SIGNED_IN),
    Route("POST", "/me/account", account.change, SIGNED_IN),
    Route("POST", "/me/account/password", account.change_own_password, SIGNED_IN),
    Route("POST", "/me/account/verification", mailed.verify_again, SIGNED_IN),
    Route("POST", "/me/account/sessions/end", account.end_others, SIGNED_IN),
    Route("POST", r"/me/account/sessions/{session_id:\d{1,9}}/end", account.end_one, SIGNED_IN),
    Route("GET", "/admin/people", people.show, ORGANISER),
    Route("POST", "/admin/people", people.create, ORGANISER),
    Route("GET", "/admin/people/new", people.show_new, ORGANISER),
    Route("POST", r"/admin/people/{person_id:\d{1,9}}/disable", people.disable, ORGANISER),
    Route("POST", r"/admin/people/{person_id:\d{1,9}}/enable", people.enable, ORGANISER),
    Route("POST", r"/admin/people/{person_id:\d{1,9}}/sign-out", people.throw_out, ORGANISER),
)

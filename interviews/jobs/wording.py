"""Words in a job that a reviewer should look at, each with its reason (product.md 3.11).

A flag forbids nothing: it is shown to the recruiter before sending and to the reviewer after.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from interviews.texts import N_

SHORTEST_TEXT = 10  # characters; below this nobody learns what the work is


class Flag(StrEnum):
    """What is risky about a piece of text."""

    GENDER = "gender"
    MARITAL_STATUS = "marital_status"
    AGE = "age"
    HOUSEHOLD_REGISTRATION = "household_registration"
    SCHOOL_EXCLUSION = "school_exclusion"
    FEE_FROM_WORKER = "fee_from_worker"
    EXAGGERATED_PAY = "exaggerated_pay"
    OFF_PLATFORM_CONTACT = "off_platform_contact"
    MISSING_PAY = "missing_pay"
    MISSING_PLACE = "missing_place"
    TOO_SHORT = "too_short"


FLAG_TEXTS = MappingProxyType(
    {
        Flag.GENDER: N_("Limits by gender are not allowed."),
        Flag.MARITAL_STATUS: N_("Marriage and children may not be a condition."),
        Flag.AGE: N_("An age limit needs a legal reason."),
        Flag.HOUSEHOLD_REGISTRATION: N_("Household registration may not be a condition."),
        Flag.SCHOOL_EXCLUSION: N_("Graduates of some schools may not be shut out."),
        Flag.FEE_FROM_WORKER: N_("No deposit and no fee may be taken from a worker."),
        Flag.EXAGGERATED_PAY: N_("Promises that sound too good must go; say the pay in figures."),
        Flag.OFF_PLATFORM_CONTACT: N_("Phone numbers and chat accounts do not belong in the text."),
        Flag.MISSING_PAY: N_("The pay is missing."),
        Flag.MISSING_PLACE: N_("The place of work is missing."),
        Flag.TOO_SHORT: N_("The description is too short to tell what the work is."),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One flag and the words that raised it ("" where something is missing)."""

    flag: Flag
    words: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts and facts of a job that the checker reads; pay in CNY, None or 0 is unknown."""

    title: str
    body: str
    pay_min: int | None
    city_name: str


_SEX = "(?:男|女)"
_PATTERNS = MappingProxyType(
    {
        Flag.GENDER: re.compile(
            rf"(?:限|只招|仅招|只要|要求|须|需){_SEX}(?!女)|{_SEX}(?:性|生|士)?(?:优先|勿扰)|性别要求"
            r"|\b(?:fe)?males? (?:only|preferred)|\b(?:wo)?men only",
            re.IGNORECASE,
        ),
        Flag.MARITAL_STATUS: re.compile(
            r"[未已]婚|[未已]育|\b(?:un)?married\b|\bno children\b", re.IGNORECASE
        ),
        Flag.AGE: re.compile(
            r"\d{2}\s*(?:周?岁)\s*(?:以下|以内|之间)|年龄(?:限|不超过|要求)"
            r"|\b(?:under|below|younger than) (?:the age of )?\d{2}\b(?! ?(?:%|k|people))",
            re.IGNORECASE,
        ),
        Flag.HOUSEHOLD_REGISTRATION: re.compile(
            r"(?:本[地市省县区]|外地)\s*(?:户籍|户口)|(?:限|仅限?)[^,。;,.;]{0,6}(?:户籍|户口|本地人)"
            r"|\b(?:local )?hukou\b|\blocal residents only\b",
            re.IGNORECASE,
        ),
        Flag.SCHOOL_EXCLUSION: re.compile(
            r"(?:限|仅|只招|只要|必须)[^,。;,.;]{0,4}(?:985|211|双一流|一本|名校)"
            r"|(?:985|211)[^,。;,.;]{0,6}(?:优先|以上)|(?:学校|大学|学院|院校)[^,。;,.;]{0,6}勿扰"
            r"|统招一本|第一学历"
        ),
        Flag.FEE_FROM_WORKER: re.compile(
            r"押金|保证金|(?:培训|服装|工装|报名|建档|体检|岗位|中介|介绍)费"
            r"|\b(?:training|uniform|registration|application) fees?\b"
            r"|\bdeposits? (?:of|required)\b",
            re.IGNORECASE,
        ),
        Flag.EXAGGERATED_PAY: re.compile(
            r"不是梦|月入\s*(?:\d+|[一二三四五六七八九十百两]+)\s*万|日赚|轻松(?:赚|月入)"
            r"|保录|包过|包分配|上不封顶|\bget rich\b|\bunlimited (?:pay|income|earnings)\b",
            re.IGNORECASE,
        ),
        Flag.OFF_PLATFORM_CONTACT: re.compile(
            r"微信|加\s*[vV]\b|薇信|\b(?:vx|wechat|whatsapp|telegram)\b|\bqq\b|(?<!\d)1[3-9]\d{9}(?!\d)"
            r"|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|[\w.+-]+@[\w-]+\.\w+",
            re.IGNORECASE,
        ),
    }
)


def check_wording(wording: Wording) -> tuple[Finding, ...]:
    """What a reviewer should look at, at most one finding a flag, in the order of the flags."""
    text = f"{wording.title}\n{wording.body}"
    found = []
    for flag, pattern in _PATTERNS.items():
        match = pattern.search(text)
        if match is not None:
            found.append(Finding(flag, match.group()))
    return tuple(found) + _missing(wording)


def _missing(wording: Wording) -> tuple[Finding, ...]:
    missing = {
        Flag.MISSING_PAY: not wording.pay_min,
        Flag.MISSING_PLACE: not wording.city_name.strip(),
        Flag.TOO_SHORT: len(wording.body.strip()) < SHORTEST_TEXT,
    }
    return tuple(Finding(flag, "") for flag, is_so in missing.items() if is_so)

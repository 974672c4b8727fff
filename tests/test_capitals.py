"""大写金额: all worked examples of the rule, and what has no capitals."""

from decimal import Decimal

import pytest

from core.capitals import capitals

EXAMPLES = {
    "0.00": "零元整",
    "0.05": "伍分",
    "0.50": "伍角整",
    "10.05": "壹拾元零伍分",
    "10.50": "壹拾元零伍角整",
    "85.00": "捌拾伍元整",
    "499.99": "肆佰玖拾玖元玖角玖分",
    "500.00": "伍佰元整",
    "325.04": "叁佰贰拾伍元零肆分",
    "1010.50": "壹仟零壹拾元零伍角整",
    "1680.32": "壹仟陆佰捌拾元零叁角贰分",
    "6007.14": "陆仟零柒元壹角肆分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "100000.01": "壹拾万元零壹分",
    "100500.00": "壹拾万零伍佰元整",
    "107000.53": "壹拾万柒仟元零伍角叁分",
    "1000000.10": "壹佰万元零壹角整",
    "-85.00": "负捌拾伍元整",
    # Beyond the table: the rules at their edges.
    "-0.00": "零元整",
    "0.55": "伍角伍分",
    "1.00": "壹元整",
    "100.05": "壹佰元零伍分",
    "1001.00": "壹仟零壹元整",
    "10000.00": "壹万元整",
    "10001.00": "壹万零壹元整",
    "20001000.00": "贰仟万壹仟元整",
    "100000001.00": "壹亿零壹元整",
    "100010000.00": "壹亿零壹万元整",
    "999999.99": "玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
}
VALUES = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.sop("5.2.2-1c")
@pytest.mark.parametrize("amount", EXAMPLES)
def test_an_amount_is_written_as_the_rule_prints_it(amount):
    assert capitals(Decimal(amount)) == EXAMPLES[amount]


@pytest.mark.parametrize("amount", ["0.001", "1.005", "NaN", "Infinity", "1e12", "1e40"])
def test_what_is_no_sum_of_yuan_and_fen_is_refused_and_never_rounded(amount):
    with pytest.raises(ValueError, match="no sum of money"):
        capitals(Decimal(amount))


def test_places_behind_the_second_may_be_zeros():
    assert capitals(Decimal("85.0000")) == "捌拾伍元整"


def read(words: str) -> Decimal:
    """The sum that capitals stand for, read by the rules of reading and not by those of writing."""
    whole = section = digit = fen = 0
    for word in words.removesuffix("整"):
        if word in VALUES:
            digit = VALUES[word]
            continue
        if word in PLACES:
            section += digit * PLACES[word]
        elif word in "万亿":
            whole, section = whole + (section + digit) * {"万": 10**4, "亿": 10**8}[word], 0
        elif word == "元":
            whole, section = whole + section + digit, 0
        else:
            fen += digit * {"角": 10, "分": 1}[word]
        digit = 0
    return whole + Decimal(fen) / 100


def test_reading_the_capitals_gives_the_amount_back():
    amounts = [Decimal(fen) / 100 for fen in (*range(20_000), *range(9_999_00, 12_000_00, 7), *range(1, 10**8, 99_991))]
    assert [read(capitals(amount)) for amount in amounts] == amounts


def test_no_two_zeros_meet_and_none_ends_the_yuan():
    written = [capitals(Decimal(yuan)) for yuan in range(1, 2_000_000, 997)]
    assert [words for words in written if "零零" in words or "零元" in words or "零万" in words] == []

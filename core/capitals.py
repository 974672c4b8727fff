"""大写金额: sums in capitals as cheques and receipts write them (支付结算办法, appendix; domain.md A.0)."""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
SECTIONS = ("", "万", "亿")
TOO_LARGE = Decimal("1e12")


def capitals(amount: Decimal) -> str:
    """85.00 → 捌拾伍元整, −85.00 → 负捌拾伍元整; without 「人民币」, which stands directly before it on paper.

    ValueError for more than two decimals (never rounded), for what is no number, and from 10¹² yuan.
    """
    if not amount.is_finite() or abs(amount) >= TOO_LARGE or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"no sum of money in yuan and fen: {amount}")
    fen = int(abs(amount) * 100)
    return ("负" if amount < 0 else "") + _yuan(fen // 100) + _tail(fen)


def _tail(fen: int) -> str:
    """角 and 分 with the zeros before them; 整 after 元 and 角, never after 分."""
    yuan, tenths, hundredths = fen // 100, fen // 10 % 10, fen % 10
    if not tenths and not hundredths:
        return "整" if yuan else "零元整"
    # A missing 角 asks for its zero; a missing yuan digit may have it, and the rule's first printed form has.
    zero = "零" if yuan and (not tenths or not yuan % 10) else ""
    return zero + (f"{DIGITS[tenths]}角" if tenths else "") + (f"{DIGITS[hundredths]}分" if hundredths else "整")


def _yuan(yuan: int) -> str:
    """Whole yuan with 元; nothing for none."""
    words, section, gap = "", 0, False
    while yuan:
        yuan, four = divmod(yuan, 10_000)
        if four:
            words = _section(four) + SECTIONS[section] + ("零" if gap else "") + words
        # Zero between two sections: when the lower one lacks its 仟, or is missing altogether.
        gap = bool(words) and four < 1000
        section += 1
    return f"{words}元" if words else ""


def _section(four: int) -> str:
    """1 to 9999: one 零 for zeros between digits, none at the end; 拾 at the head keeps its 壹."""
    words, zero = "", False
    for place in (3, 2, 1, 0):
        digit = four // 10**place % 10
        if digit:
            words += ("零" if zero else "") + DIGITS[digit] + PLACES[place]
        zero = bool(words) and not digit
    return words

"""Figures that people type: plain and full-width ones are read alike, those of other scripts are refused with a sentence."""

from __future__ import annotations

import sys
import unicodedata
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from core.fields import QuantityField
from core.money import LARGEST, MoneyInput, parsed
from core.text import telephone

WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
NUMERIC = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "N"]
FOREIGN = [one for one in NUMERIC if one not in "0123456789０１２３４５６７８９"]
sums = st.decimals(min_value=0, max_value=LARGEST, places=2, allow_nan=False, allow_infinity=False)


def sentence_of(field, typed: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        field.clean(typed)
    return caught.value.messages


@given(amount=sums, grouped=st.booleans(), widths=st.lists(st.booleans(), min_size=20, max_size=20))
def test_a_sum_is_read_alike_in_plain_and_in_full_width_figures(amount, grouped, widths):
    said = f"{amount:,.2f}" if grouped else f"{amount:.2f}"
    typed = "".join(one.translate(WIDE) if wide else one for one, wide in zip(said, widths, strict=False))
    assert (parsed(typed), str(parsed(typed))) == (amount, f"{amount:.2f}")


@given(amount=sums, foreign=st.sampled_from(FOREIGN), at=st.integers(min_value=0))
@example(amount=Decimal("1.00"), foreign="٣", at=0)
@example(amount=Decimal("1.00"), foreign="²", at=1)
@example(amount=Decimal("1.00"), foreign="①", at=1)
@example(amount=Decimal("1.00"), foreign="½", at=1)
@example(amount=Decimal("1.00"), foreign="十", at=0)
def test_a_figure_of_another_script_is_no_money_wherever_it_stands(amount, foreign, at):
    said = f"{amount:.2f}"
    at %= len(said) + 1
    typed = said[:at] + foreign + said[at:]
    assert sentence_of(MoneyInput(label="金额"), typed) == ["金额写成数字，例如 1250.50。"]


@given(typed=st.text(max_size=20))
def test_whatever_is_typed_is_a_sum_within_the_limits_or_a_refusal(typed):
    try:
        amount = parsed(typed)
    except ValidationError as refusal:
        assert refusal.code in {"money", "money_places", "money_large"}
        return
    assert (0 <= amount <= LARGEST, amount.as_tuple().exponent) == (True, -2)


@pytest.mark.parametrize("typed", ["٤٥", "٤.٥", "④", "1_0", "½", "NaN", "1e3"])
def test_a_quantity_of_another_script_is_none(typed):
    assert sentence_of(QuantityField(), typed) == ["数量写成数字，例如 1 或 4.5。"]


def test_a_quantity_in_full_width_figures_is_read():
    assert QuantityField().clean("４．５") == Decimal("4.5")


def test_a_telephone_is_kept_in_plain_figures_only():
    assert telephone("１３８ ００００ １２０１") == "13800001201"
    with pytest.raises(ValidationError) as caught:
        telephone("١٣٨٠٠٠٠١٢٠١")
    assert caught.value.messages == ["联系电话不对，应为 11 位手机号或带区号的固话。"]

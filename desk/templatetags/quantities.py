"""{{ part.quantity|quantity }}: 1.000 as 1, 4.500 as 4.5."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def quantity(value: Decimal) -> str:
    return f"{value.normalize():f}"

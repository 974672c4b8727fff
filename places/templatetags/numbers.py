"""{{ slip.number|number }}: the number as papers and pages show it."""

from django import template

from places.queries import printed_number

register = template.Library()


@register.filter
def number(value: object) -> str:
    """WX-202611-0001; with the community's code in front from the second community on."""
    return printed_number(str(value)) if value else ""

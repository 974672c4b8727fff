"""manage.py load_catalogue: trades, parts, price list and spare parts of the product."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from places.actions import load_catalogue


class Command(BaseCommand):
    help = "Load trades, parts, price list and spare parts; a second time changes nothing."

    def handle(self, **options: Any) -> None:
        loaded = load_catalogue()
        self.stdout.write(
            _("载入工种 %(trades)s、部件 %(components)s、价目 %(prices)s、配件 %(spare_parts)s") % loaded._asdict()
        )

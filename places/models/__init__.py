"""Places and the catalogue: where repairs happen, and what is repaired there at which price and under which warranty."""

from places.models.catalogue import BuiltBy, Component, PriceItem, PriceItemQuerySet, SparePart, WarrantyTerm
from places.models.estate import (
    Builder,
    Building,
    Community,
    CommunityQuerySet,
    Entrance,
    PublicArea,
    Resident,
    Unit,
    UnitQuerySet,
    VisibleQuerySet,
)

__all__ = [
    "Builder",
    "Building",
    "BuiltBy",
    "Community",
    "CommunityQuerySet",
    "Component",
    "Entrance",
    "PriceItem",
    "PriceItemQuerySet",
    "PublicArea",
    "Resident",
    "SparePart",
    "Unit",
    "UnitQuerySet",
    "VisibleQuerySet",
    "WarrantyTerm",
]

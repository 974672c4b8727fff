"""System checks of what Repairdesk needs from the machine: the libraries that print."""

import ctypes
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.utils.translation import gettext as _

LIBRARIES = (
    ("libpango-1.0.so.0", "libpango-1.0-0"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
)
SUBSETTER = ("libharfbuzz-subset.so.0", "libharfbuzz-subset0")


def missing(library: str) -> bool:
    """Whether the machine cannot load a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return True
    return False


def printing_libraries(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Without Pango nothing prints; without the subsetter of HarfBuzz a Chinese page takes 36 times longer."""
    found: list[CheckMessage] = [
        Error(
            _("缺少系统库 %(library)s，不能打印单据。") % {"library": library},
            hint=f"apt-get install {package}",
            id="core.E001",
        )
        for library, package in LIBRARIES
        if missing(library)
    ]
    library, package = SUBSETTER
    if missing(library):
        found.append(
            Warning(
                f"缺少系统库 {library}，打印一页要多花几十倍时间。", hint=f"apt-get install {package}", id="core.W001"
            )
        )
    return found

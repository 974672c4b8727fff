"""Forms of a repair: its registration and one for each of its steps; the shared pieces are for the apps above too."""

from tickets.forms.pictures import PhotosField
from tickets.forms.shared import (
    CalledField,
    StepForm,
    ToldForm,
    WindowField,
    refused_with,
)

__all__ = ["CalledField", "PhotosField", "StepForm", "ToldForm", "WindowField", "refused_with"]

"""Photos of a form that was refused: they wait for its next sending."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models


def held_storage() -> FileSystemStorage:
    return FileSystemStorage(location=settings.MEDIA_ROOT / "held")


class HeldPhoto(models.Model):
    """A picture that came with a refused form, made anew; `once` is the one-time key under which the form was first sent."""

    once = models.UUIDField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file = models.FileField(storage=held_storage, max_length=120)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["by", "once", "sha256"], name="held_photo_once")]

    def __str__(self) -> str:
        return f"{self.by_id} {self.once}"

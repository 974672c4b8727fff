"""The photos of a form: those just chosen, and those that were held when it was refused."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from people.models import User
from tickets import photos
from tickets.held import Pile, thumbnail


class Sent(NamedTuple):
    """What a form brings of photos: new files, the key of those that are held for it, the ids of the held ones struck off."""

    files: list[Any]
    held: str = ""
    off: Sequence[str] = ()


class ManyFiles(forms.FileInput):
    """Pictures by paste, drop or file (static/js/photos.js), above them those that were held when the form was refused."""

    template_name = "tickets/widgets/photos.html"
    allow_multiple_selected = True
    use_fieldset = True
    pile: Pile | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Sent:
        off = data.getlist(f"{name}_off") if hasattr(data, "getlist") else []
        new = files.getlist(name) if hasattr(files, "getlist") else []
        return Sent(new, data.get(f"{name}_held", ""), off)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, None, attrs)
        rows = self.pile.rows if self.pile else []
        context["widget"] |= {
            "key": self.pile.key if self.pile and rows else "",
            "kept": [{"pk": row.pk, "src": thumbnail(row)} for row in rows],
            "room": photos.MOST_AT_ONCE - len(rows),
        }
        return context


class PhotosField(forms.Field):
    """Photos, read in full and made anew (trust.md §2c); cleaned to a list of pictures. `status` is that of the first refusal.

    What was sent with a form that is refused for any reason is held for its next sending: `keep_for` names whose form it is.
    """

    widget = ManyFiles
    status = 0
    fresh: Sequence[photos.Picture] = ()

    def keep_for(self, by: User, key: str) -> None:
        """Hold photos for this person under the form's one-time key."""
        self.by, self.key = by, as_key(key) or uuid.uuid4()

    def clean(self, value: Any) -> list[photos.Picture]:
        self.status = 0
        sent = value if isinstance(value, Sent) else Sent([])
        held = as_key(sent.held)
        pile = cast(ManyFiles, self.widget).pile = Pile(self.by, held or self.key)
        kept = pile.open(sent.off) if held else []
        files = [file for file in sent.files if file]
        self.fresh, trouble = self.read(files[: photos.MOST_AT_ONCE - len(kept)])
        if pile.lost:
            raise ValidationError(_("保留的照片已不在，重新添加"), code="photos")
        if not files and not kept and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) + len(kept) > photos.MOST_AT_ONCE:
            self.status = 413
            facts = {"most": photos.MOST_AT_ONCE, "n": len(files) + len(kept)}
            raise ValidationError(_("一次最多 %(most)s 张照片，选了 %(n)s 张") % facts, code="photos")
        if trouble:
            self.status = trouble.status
            raise ValidationError(trouble.sentence, code="photos")
        again = {picture.sha256 for picture in kept}
        return [*kept, *(picture for picture in self.fresh if picture.sha256 not in again)]

    def read(self, files: Sequence[Any]) -> tuple[list[photos.Picture], photos.NotAPhoto | None]:
        """The pictures among these files, and the first refusal."""
        read, trouble = [], None
        for file in files:
            try:
                read.append(photos.read(file))
            except photos.NotAPhoto as refusal:
                trouble = trouble or refusal
        return read, trouble

    def hold(self) -> None:
        """The form is shown again: its photos stay here until it comes back."""
        if pile := cast(ManyFiles, self.widget).pile:
            pile.hold(self.fresh)

    def take(self) -> None:
        """The form is accepted: what was held for it is its own now."""
        if pile := cast(ManyFiles, self.widget).pile:
            pile.take()


def as_key(text: str) -> uuid.UUID | None:
    """A one-time key, None where the text is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

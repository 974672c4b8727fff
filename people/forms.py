"""Forms of signing in and of one's own page."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.actions import check_strength
from people.models import User


class SignInForm(forms.Form):
    """User name and password; the place to return to (`next`) is checked by the view."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=150,
        error_messages={"required": _("填写用户名")},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "class": "input"}
        ),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=200,
        strip=False,
        error_messages={"required": _("填写密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "input"}),
    )

    def clean_username(self) -> str:
        return unicodedata.normalize("NFKC", self.cleaned_data["username"])


class ChangePasswordForm(forms.Form):
    """The old password and twice the new one; that the old one is right is asked by the view, which counts failures."""

    old = forms.CharField(
        label=_("现用密码"),
        max_length=200,
        strip=False,
        error_messages={"required": _("填写现用密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "input"}),
    )
    new = forms.CharField(
        label=_("新密码"),
        max_length=200,
        strip=False,
        error_messages={"required": _("填写新密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "input"}),
    )
    again = forms.CharField(
        label=_("再输一次"),
        max_length=200,
        strip=False,
        error_messages={"required": _("再输一次新密码")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "input"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        check_strength(new, self.user)
        return new

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if "new" in typed and "again" in typed and typed["new"] != typed["again"]:
            self.add_error("again", _("两次输入的新密码不同。重新输入。"))
        return typed


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What each person sets for the own screen."""

    class Meta:
        model = User
        fields = ["sound", "single_keys"]
        labels = {"sound": _("提示音"), "single_keys": _("单键快捷键")}


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=User.Theme.choices)


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)

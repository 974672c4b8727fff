from django.apps import AppConfig
from django.core.checks import register


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the machine is checked for at start."""
        from core.checks import printing_libraries

        register(printing_libraries)

"""Static files under names that carry their content, the modules that import each other included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports of our own modules; the packages' files are left as they are, since some do not parse."""

    # Only the pattern of `import … from "./x.js"` and only for static/js: the switch Django has for it reads every file.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )

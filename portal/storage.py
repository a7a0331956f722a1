"""Where static files are kept for a production server."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Names carry the hash of their content, the imports between JavaScript modules included."""

    support_js_module_import_aggregation = True

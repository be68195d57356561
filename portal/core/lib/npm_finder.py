"""Serve single files of npm packages as static files, without copying whole packages."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from portal.core.lib import old_browsers


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed names; source maps of vendor files are not followed."""

    support_js_module_import_aggregation = False
    patterns = (("*.css", (r"""(?P<matched>url\((?P<quote>['"]?)(?P<url>[^'")]*?)(?P=quote)\))""",)),)  # type: ignore[assignment]


class _Renamed(FileSystemStorage):
    """Files of node_modules under their public names; style sheets readable by older browsers too."""

    def path(self, name: str) -> str:
        return os.path.join(settings.NODE_MODULES, settings.NPM_FILES[name.replace(os.sep, "/")])

    def open(self, name: str, mode: str = "rb") -> File:
        if not name.endswith(".css"):
            return super().open(name, mode)
        css = Path(self.path(name)).read_text(encoding="utf-8")
        return ContentFile(old_browsers.with_fallbacks(css).encode(), name)

    def get_modified_time(self, name: str) -> datetime:
        """When the file or how it is made readable changed last: what was collected before is collected again."""
        made = datetime.fromtimestamp(os.path.getmtime(old_browsers.__file__), UTC)
        return max(super().get_modified_time(name), made)


class NpmFinder(BaseFinder):
    """Finds what `settings.NPM_FILES` names: public path → path inside node_modules."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        source = settings.NPM_FILES.get(path)
        found = str(settings.NODE_MODULES / source) if source else ""
        if not found or not os.path.exists(found):
            return []
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = _Renamed(location=str(settings.NODE_MODULES))
        for public in settings.NPM_FILES:
            yield public, storage

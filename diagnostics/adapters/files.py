"""The few looks at the file system that checks need. Nothing is opened or written."""

import stat
from pathlib import Path, PurePosixPath

from diagnostics.ports import PathKind


class SystemFiles:
    """Files of this container."""

    def kind(self, path: PurePosixPath) -> PathKind:
        """What is there, symbolic links followed; FORBIDDEN where a directory on the way may not be entered."""
        try:
            mode = Path(path).stat().st_mode
        except PermissionError:
            return PathKind.FORBIDDEN
        except (OSError, ValueError):  # missing, too long, a loop of links; ValueError is a NUL
            return PathKind.MISSING
        if stat.S_ISDIR(mode):
            return PathKind.DIRECTORY
        return PathKind.SOCKET if stat.S_ISSOCK(mode) else PathKind.FILE

    def names(self, path: PurePosixPath) -> tuple[str, ...]:
        """Sorted names in a directory, empty where it cannot be listed."""
        try:
            return tuple(sorted(entry.name for entry in Path(path).iterdir()))
        except (OSError, ValueError):
            return ()

"""What goes wrong, by its kind. The message is one line: what was wanted, what came, where."""

from __future__ import annotations


class Error(Exception):
    """The base of all others. `code` is the name of tessera::ErrorCode."""

    code = "internal"


class BadArgumentError(Error, ValueError):
    """An option or parameter is wrong."""

    code = "bad_argument"


class BadFileError(Error):
    """A file is missing, damaged, or not what it claims to be."""

    code = "bad_file"


class UnsupportedError(Error):
    """Asked for something that this build or machine cannot do."""

    code = "unsupported"


class OutOfMemoryError(Error, MemoryError):
    """An allocation failed."""

    code = "out_of_memory"


class DeviceFailedError(Error):
    """A device was lost or answered wrongly."""

    code = "device_failed"


class CancelledError(Error):
    """The caller asked to stop."""

    code = "cancelled"


class InternalError(Error):
    """A bug of Tessera's."""

    code = "internal"


_BY_CODE = {
    kind.code: kind
    for kind in (
        BadArgumentError,
        BadFileError,
        UnsupportedError,
        OutOfMemoryError,
        DeviceFailedError,
        CancelledError,
        InternalError,
    )
}


def error_for(code: str, message: str) -> Error:
    return _BY_CODE[code](message)

"""Zip containers whose bytes depend on their contents alone."""

import io
import shutil
import zipfile

_EPOCH = (1980, 1, 1, 0, 0, 0)


def normalised(package: bytes, replace: dict[str, bytes] | None = None) -> bytes:
    """The same zip with all times set to the earliest a zip can hold, and the named members replaced."""
    replace = replace or {}
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            member = zipfile.ZipInfo(info.filename, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            # Piece by piece: one sheet of a large workbook may be a hundred megabytes unpacked.
            with target.open(member, "w", force_zip64=info.file_size >= 2**31) as writer:
                if info.filename in replace:
                    writer.write(replace[info.filename])
                else:
                    with source.open(info) as reader:
                        shutil.copyfileobj(reader, writer)
    return result.getvalue()

"""What Amazon's S3 answers where export files are: objects, parts of them, errors as XML."""

import re
from collections.abc import Mapping
from email.utils import formatdate
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from branch_mock.api.call import Reply
from branch_mock.errors import ApiError, InvalidRange, MethodNotAllowed, NoSuchKey

if TYPE_CHECKING:
    from branch_mock.export_files.files import MadeFile

OBJECT_TYPE = "binary/octet-stream"
"""What S3 says of an object that was stored without a type."""

_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>{code}</Code><Message>{message}</Message>{rest}<RequestId>{id}</RequestId>\
<HostId>{host}</HostId></Error>"""
_CODES = {
    400: "InvalidRequest",
    404: "NoSuchKey",
    405: "MethodNotAllowed",
    413: "EntityTooLarge",
    416: "InvalidRange",
    503: "ServiceUnavailable",
}
_NOT_XML = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Compiled when it is needed: that takes milliseconds."""

_RANGE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})")


def object_reply(file: "MadeFile", modified_ms: int, asked: Mapping[str, str]) -> Reply:
    """A file, or the part of it that the headers `asked` for. Raises InvalidRange."""
    headers = {
        "ETag": file.etag,
        "Last-Modified": formatdate(modified_ms // 1000, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    if _matches(asked.get("If-None-Match", ""), file.etag):
        return Reply(status=304, content_type=OBJECT_TYPE, headers=headers, note="not modified")
    start, stop, status = 0, file.size, 200
    wanted = asked.get("Range")
    if wanted and asked.get("If-Range", file.etag) in {file.etag, headers["Last-Modified"]}:
        part = _part(wanted, file.size)
        if part is not None:
            (start, stop), status = part, 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return Reply(
        status=status,
        content_type=OBJECT_TYPE,
        headers=headers,
        chunks=file.read(start, stop),
        length=stop - start,
        note=f"{stop - start} bytes",
    )


def _matches(tags: str, etag: str) -> bool:
    """Whether a list of tags, weak or strong, has this one."""
    given = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return not given.isdisjoint({"*", etag})


def _part(text: str, size: int) -> tuple[int, int] | None:
    """Where a single range begins and ends; None for what is no such range, which is passed over.

    Raises InvalidRange for a range that has no byte of the file.
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if not match[1]:
        start, stop = max(size - int(match[2]), 0), size
    else:
        start = int(match[1])
        stop = min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= stop:
        raise InvalidRange(size)
    return start, stop


def error_reply(error: ApiError, key: str) -> Reply:
    """An error as S3 words it. Its ids follow from the request: equal ones are answered alike."""
    mark = sha256(f"{error.status} {key}".encode()).hexdigest()
    request_id, host_id = mark[:16].upper(), mark[16:]
    shown = escape(re.sub(_NOT_XML, "\ufffd", key), quote=False)
    text = _XML.format(
        code=_CODES.get(error.status, "InternalError"),
        message=escape(error.message, quote=False),
        rest=f"<Key>{shown}</Key>" if isinstance(error, NoSuchKey) else "",
        id=request_id,
        host=host_id,
    )
    reply = Reply(
        status=error.status,
        body=text.encode(errors="replace"),
        content_type="application/xml",
        headers={"x-amz-request-id": request_id, "x-amz-id-2": host_id},
        note=error.message,
    )
    if isinstance(error, MethodNotAllowed):
        reply.headers["Allow"] = error.allowed
    if isinstance(error, InvalidRange):
        reply.headers["Content-Range"] = f"bytes */{error.size}"
    return reply

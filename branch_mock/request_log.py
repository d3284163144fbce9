"""One log line per request, as text or JSON, secrets masked."""

import json
import logging
import re
from urllib.parse import unquote

requests_log = logging.getLogger("branch_mock.requests")

_SECRET_NAME = re.compile("secret|password|token", re.IGNORECASE)
_SECRET_FIELD = re.compile(r"([^?&=\s]*(?:secret|password|token)[^&=\s]*=)[^&\s]*", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"secret_(live|test)_\w+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FIELDS = ("method", "path", "status", "ms", "note")


def masked(text: str) -> str:
    """`text`, an address or a message, with every secret in it replaced by `***`."""
    return _SECRET_VALUE.sub(r"secret_\1_***", _SECRET_FIELD.sub(r"\1***", text))


def masked_path(raw_path: str) -> str:
    """A request's path and query with every secret masked, however it is percent-encoded."""
    path, mark, query = raw_path.partition("?")
    if "%" in query:
        query = "&".join(map(_masked_pair, query.split("&")))
    if "%" in path and _SECRET_VALUE.search(decoded := unquote(path)):
        path = decoded
    return masked(path + mark + query)


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if _SECRET_VALUE.search(unquote(name)):
        return "***"
    if _SECRET_NAME.search(unquote(name)) or _SECRET_VALUE.search(unquote(value)):
        return f"{name}{equals}***"
    return pair


def one_line(text: str) -> str:
    """`text` with control characters escaped, so that nobody can write log lines of their own."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def log_request(method: str, raw_path: str, status: int, ms: float, note: str) -> None:
    """Write the line of one answered request; `ms` is how long it took."""
    path = masked_path(raw_path.encode("ascii", "backslashreplace").decode())
    values = (method, one_line(path), status, round(ms, 1), one_line(masked(note)))
    requests_log.info("%s %s %d %.1f ms %s", *values, extra=dict(zip(_FIELDS, values, strict=True)))


class TextFormatter(logging.Formatter):
    """Log records for people; secrets in tracebacks are masked as well."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname).1s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return _SECRET_VALUE.sub(r"secret_\1_***", super().format(record).rstrip())


class JsonFormatter(logging.Formatter):
    """Log records as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if hasattr(record, _FIELDS[0]):
            entry.update({name: getattr(record, name) for name in _FIELDS})
        else:
            entry["message"] = record.getMessage()
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return _SECRET_VALUE.sub(r"secret_\1_***", json.dumps(entry, ensure_ascii=False))


def configure(level: str, form: str) -> None:
    """Send the package's log, and warnings of libraries, to standard error.

    For the command line only.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger("branch_mock").setLevel(level.upper())

"""One log line per request, as text or JSON, secrets masked."""

import json
import logging
import re

requests_log = logging.getLogger("branch_mock.requests")

_SECRET_FIELD = re.compile(r"([^?&=]*(?:secret|password|token)[^&=]*=)[^&]*", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"secret_(live|test)_\w+")
_FIELDS = ("method", "path", "status", "ms", "note")


def masked(text: str) -> str:
    """`text`, an address or a message, with every secret in it replaced by `***`."""
    return _SECRET_VALUE.sub(r"secret_\1_***", _SECRET_FIELD.sub(r"\1***", text))


def log_request(method: str, raw_path: str, status: int, ms: float, note: str) -> None:
    """Write the line of one answered request; `ms` is how long it took."""
    path = masked(raw_path.encode("ascii", "backslashreplace").decode())
    values = (method, path, status, round(ms, 1), masked(note))
    requests_log.info("%s %s %d %.1f ms %s", *values, extra=dict(zip(_FIELDS, values, strict=True)))


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
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str, form: str) -> None:
    """Send the package's log to standard error. For the command line only."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter()
        if form == "json"
        else logging.Formatter("%(asctime)s %(levelname).1s %(message)s", "%H:%M:%S")
    )
    package = logging.getLogger("branch_mock")
    package.handlers[:] = [handler]
    package.setLevel(level.upper())
    package.propagate = False

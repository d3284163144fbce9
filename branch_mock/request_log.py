"""One log line per request, as text or JSON, secrets masked."""

import json
import logging

from branch_mock.clock import iso
from branch_mock.secrets import MASK, VALUE, masked_path, masked_text, one_line

requests_log = logging.getLogger("branch_mock.requests")

_FIELDS = ("method", "path", "status", "ms", "note")


def log_request(method: str, raw_path: str, status: int | None, ms: float, note: str) -> None:
    """Write the line of one request: `status` None for one that a fault left without an answer,
    `ms` how long it took."""
    path = masked_path(raw_path.encode("ascii", "backslashreplace").decode())
    values = (method, one_line(path), status, round(ms, 1), one_line(masked_text(note)))
    requests_log.info("%s %s %s %.1f ms %s", *values, extra=dict(zip(_FIELDS, values, strict=True)))


class TextFormatter(logging.Formatter):
    """Log records for people: a line each, whatever their texts hold, and tracebacks below it;
    secrets in those are masked as well."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname).1s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return VALUE.sub(rf"secret_\1_{MASK}", super().format(record).rstrip())

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return one_line(super().formatMessage(record))


class JsonFormatter(logging.Formatter):
    """Log records as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": iso(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if hasattr(record, _FIELDS[0]):
            entry.update({name: getattr(record, name) for name in _FIELDS})
        else:
            entry["message"] = record.getMessage()
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return VALUE.sub(rf"secret_\1_{MASK}", json.dumps(entry, ensure_ascii=False))


def configure(level: str, form: str) -> None:
    """Send the package's log, and warnings of libraries, to standard error.

    For the command line only.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger("branch_mock").setLevel(level.upper())

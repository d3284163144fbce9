"""One log line per request, as text or JSON, secrets masked."""

import json
import logging

from branch_mock.secrets import masked_text

requests_log = logging.getLogger("branch_mock.requests")

_FIELDS = ("method", "path", "status", "ms", "note")


def log_request(method: str, raw_path: str, status: int | None, ms: float, note: str) -> None:
    """Write the line of one answered request; `ms` is how long it took."""
    path = masked_text(raw_path.encode("ascii", "backslashreplace").decode())
    values = (method, path, status, round(ms, 1), masked_text(note))
    requests_log.info("%s %s %s %.1f ms %s", *values, extra=dict(zip(_FIELDS, values, strict=True)))


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

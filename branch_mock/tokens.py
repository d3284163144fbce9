"""The control plane's token: where it comes from, and whether a caller has it (contract 12).

No error and no text of this module says what a token is.
"""

from base64 import b64decode
from hmac import compare_digest
from pathlib import Path

from branch_mock.errors import SettingsError

LEAST, MOST = 16, 512
"""How many characters a token has."""

_RULE = f"must be {LEAST} to {MOST} printable ASCII characters without blanks"


def token_of(text: str | None, file: str | None) -> str | None:
    """The token that is given, or else that in the file of that name; None when neither is.

    Blanks around what a file holds do not count. Raises SettingsError naming the setting.
    """
    name, token = "control_token", text
    if token is None and file is not None:
        name = f"control_token_file: {file}"
        try:
            token = Path(file).read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise SettingsError(f"{name}: {reason}") from None
    if token is not None and not _is_token(token):
        raise SettingsError(f"{name}: {_RULE}")
    return token


def _is_token(text: str) -> bool:
    plain = text.isascii() and text.isprintable() and " " not in text
    return plain and LEAST <= len(text) <= MOST


def bearer(token: str | None) -> dict[str, str]:
    """The header that a token is sent in; none for no token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def carries(token: str, authorization: str) -> bool:
    """Whether the value of an `Authorization` header is that token, as a bearer or as the password
    of any user, which browsers ask for. Takes as long for a wrong one as for the right one."""
    scheme, _, sent = authorization.strip().partition(" ")
    given = sent.strip().encode(errors="replace")
    if scheme.lower() == "basic":
        given = _password(given)
    elif scheme.lower() != "bearer":
        given = b""
    return compare_digest(given, token.encode())


def is_password(authorization: str) -> bool:
    """Whether such a value is one that browsers add by themselves, once it was typed, to whatever
    any page asks for."""
    return authorization.strip().lower().startswith("basic")


def _password(sent: bytes) -> bytes:
    try:
        return b64decode(sent, validate=True).partition(b":")[2]
    except ValueError:
        return b""

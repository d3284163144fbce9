"""Whom to trust, over HTTP (contract 12)."""

from branch_mock.api.call import CERTIFICATE_TYPE, Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.errors import NoAuthority


def certificate(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    if emulator.authority is None:
        raise NoAuthority
    return Reply(body=emulator.authority.certificate_pem.encode(), content_type=CERTIFICATE_TYPE)

"""Whom a child trusts: everybody whom it would trust anyway, and the authority of this machine."""

import logging
import re
import ssl
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from branch_mock.errors import SettingsError

log = logging.getLogger(__name__)

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
BUNDLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "AWS_CA_BUNDLE",
)
"""Variables that name a file of certificates, for clients of many languages."""

_WELL_KNOWN = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
PASSWORD = "changeit"


def trusted(environ: Mapping[str, str]) -> list[str]:
    """The certificates that programs trust on this machine and in this environment, as PEM."""
    found = dict.fromkeys(_of_the_system())
    for name in BUNDLES:
        if environ.get(name):
            found.update(dict.fromkeys(_in(Path(environ[name]))))
    return list(found)


def _of_the_system() -> Iterator[str]:
    ders = ssl.create_default_context().get_ca_certs(binary_form=True)
    if ders:
        yield from (ssl.DER_cert_to_PEM_cert(der).strip() for der in ders)
        return
    # a folder of hashed names, as some systems have, is not listed above
    file = next((Path(name) for name in _WELL_KNOWN if Path(name).is_file()), None) or _certifi()
    if file is not None:
        yield from _in(file)


def _certifi() -> Path | None:
    try:
        from certifi import where  # noqa: PLC0415 - comes with many clients, not with branch_mock
    except ImportError:
        return None
    return Path(where())


def _in(place: Path) -> Iterator[str]:
    """The certificates in a file, or in the files of a folder."""
    try:
        listed = sorted(place.iterdir()) if place.is_dir() else [place]
        for file in listed:
            if not file.is_dir():
                yield from _CERTIFICATE.findall(file.read_text("utf-8", "replace"))
    except OSError as error:
        log.warning("Certificates of %s cannot be read: %s", place, error.strerror)


def java_store(pems: list[str]) -> bytes:
    """A PKCS#12 store of certificates for a JVM; its password is `PASSWORD`.

    Raises SettingsError where the extra `tls` is not installed.
    """
    try:
        from cryptography import x509  # noqa: PLC0415 - of the extra `tls`
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            BestAvailableEncryption,
            pkcs12,
        )
        from cryptography.utils import CryptographyDeprecationWarning  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(f"TLS needs {error.name}: pip install 'branch-mock[tls]'") from None
    certificates = []
    for number, pem in enumerate(pems):
        try:
            with warnings.catch_warnings():  # systems' bundles have old ones
                warnings.simplefilter("ignore", CryptographyDeprecationWarning)
                certificate = x509.load_pem_x509_certificate(pem.encode())
        except ValueError as error:
            log.info("A certificate of the system is left out for Java: %s", error)
            continue
        certificates.append(pkcs12.PKCS12Certificate(certificate, f"{number}".encode()))
    encryption = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_java_truststore(certificates, encryption)

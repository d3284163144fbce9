"""What is in the certificates, and for how long they hold.

Keys and serial numbers come from the system, not from `Ids`: they are real secrets, and no answer
of the emulator has anything of them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

AUTHORITY_LIFE = timedelta(days=30)
LEAF_LIFE = timedelta(days=5)
_BACKDATED = timedelta(hours=1)
"""Clocks of containers and phones are not this machine's to the second."""

_COMMON_NAME_LENGTH = 64
_SHOWN_DIGITS = 8


class Signed(Struct, frozen=True):
    """A certificate with its key. Neither its text nor its repr tells the key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def __repr__(self) -> str:
        return f"Signed({self.certificate.subject.rfc4514_string()})"

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def pem(self) -> bytes:
        """Key and certificate: what `load` reads."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + self.certificate_pem

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as hex digits in pairs."""
        return self.certificate.fingerprint(SHA256()).hex(":").upper()


def load(pem: bytes) -> Signed:
    """What `Signed.pem` gave. Raises ValueError for anything else."""
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:  # it has a password
        raise ValueError("the key is encrypted") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key is of another kind")
    if key.public_key() != certificate.public_key():
        raise ValueError("key and certificate do not belong together")
    return Signed(certificate, key)


def make_authority(now: datetime) -> Signed:
    """A new authority, whose certificates may not sign further ones."""
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # clients that trust an earlier authority too must be able to tell them apart
    name = _name(f"branch_mock authority {identifier.digest.hex()[:_SHOWN_DIGITS]}")
    builder = (
        _builder(name, name, key, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
    )
    return Signed(builder.sign(key, SHA256()), key)


def make_leaf(authority: Signed, names: Iterable[str], now: datetime) -> Signed:
    """A certificate for host names, with `*` or without, and addresses.

    It ends before its authority does.
    """
    names = list(names)
    key = ec.generate_private_key(ec.SECP256R1())
    signer = authority.certificate
    end = min(now + LEAF_LIFE, signer.not_valid_after_utc)
    issued_by = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issued_by)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _builder(_name(names[0][:_COMMON_NAME_LENGTH]), signer.subject, key, now, end)
        .add_extension(x509.SubjectAlternativeName(map(_alternative, names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(by, critical=False)
    )
    return Signed(builder.sign(authority.key, SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(end)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "branch_mock"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

"""Both sides of a TLS handshake in memory, without sockets."""

import ssl

_ROUNDS = 10


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> ssl.SSLObject:
    """The client's end afterwards. Raises the ssl.SSLError that the client had.

    name: what the client asks for, None for nothing.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(_ROUNDS):
        try:
            near.do_handshake()
        except ssl.SSLWantReadError:
            _answer(far)
        else:
            return near
    raise AssertionError("the handshake does not end")


def _answer(far: ssl.SSLObject) -> None:
    try:
        far.do_handshake()
    except ssl.SSLWantReadError:
        return
    except ssl.SSLError as error:
        if error.reason != "CALLBACK_FAILED":  # the client is told why
            raise


def der_of(client_end: ssl.SSLObject) -> bytes:
    """The certificate that the server showed."""
    der = client_end.getpeercert(binary_form=True)
    assert der is not None
    return der


def trusting(certificate_pem: str) -> ssl.SSLContext:
    """A client's context that trusts one authority, as strictly as any client does."""
    context = ssl.create_default_context(cadata=certificate_pem)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def trusting_anything() -> ssl.SSLContext:
    """A client's context that looks at no certificate, whatever time it is."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

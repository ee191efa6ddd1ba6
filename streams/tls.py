"""TLS to the servers: whom to trust, and in words why a server is not trusted."""

import ssl
from pathlib import Path
from typing import Final

from streams.errors import UsageError

# What OpenSSL says of a certificate, by its number.
_CERTIFICATE: Final = {
    9: "its certificate is not yet valid; look at the clocks",
    10: "its certificate has expired; renew it",
    62: "its certificate is for another host name; use the name that it was made for",
    64: "its certificate is for another address; use the one that it was made for",
}
_UNKNOWN_CA: Final = "nobody trusted vouches for its certificate; set {setting} to that of its authority"
_NO_TLS: Final = "no TLS can be agreed with it; look at whether its port speaks TLS, and which versions"


def trusting(ca: Path | None, setting: str) -> ssl.SSLContext:
    """Trust the authorities of a file, or those of this machine; host names are checked.

    Raises:
        UsageError: the file, which `setting` names, holds no certificates.
    """
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise UsageError(f"{setting}: {ca} cannot be read as certificates (PEM): {error.strerror}") from None


def tls_words(error: ssl.SSLError, setting: str) -> str:
    """Say why a server is not trusted; `setting` names the one that says whom to trust."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"answers, but {_CERTIFICATE.get(error.verify_code) or _UNKNOWN_CA.format(setting=setting)}"
    return f"answers, but {_NO_TLS}"


def tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Find the error of TLS that a driver wrapped into its own; None: there is none."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLError):
            return error
        seen.add(id(error))
        inner = getattr(error, "reason", None) or next(iter(error.args), None)
        error = error.__cause__ or error.__context__ or (inner if isinstance(inner, BaseException) else None)
    return None

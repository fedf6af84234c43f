"""Tells the certificate of an authority, in PEM, from what must not be trusted, or not be in an image."""

import re
import ssl
import time

CERTIFICATE = re.compile("-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]++-----END (?:TRUSTED )?CERTIFICATE-----")
PRIVATE_KEY = re.compile("-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY")


def why_not(content: bytes) -> str:
    """Why a file cannot be used as certificates of authorities, as in "it has expired, on …"; "" where it can."""
    text = content.decode(errors="replace")
    if PRIVATE_KEY.search(text):
        return "it has a private key, which would end in the image; keep the certificate alone"
    found = CERTIFICATE.findall(text)
    if not found:
        return "it is no certificate in PEM format; convert one by: openssl x509 -inform der -in IN -out OUT"
    for certificate in found:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cadata=certificate)
        except (ssl.SSLError, ValueError):
            return "it has a certificate that is damaged; copy it anew"
        if not (authorities := context.get_ca_certs()):
            return "it has a certificate that is no authority's; take that of the authority which signed it"
        end = str(authorities[0]["notAfter"])
        if ssl.cert_time_to_seconds(end) < time.time():
            return f"it has expired, on {end}; take the authority's new one"
    return ""

"""What FFmpeg needs to publish: a script to run, a certificate that OpenSSL 4 knows."""

from pathlib import Path

from aiortc.rtcdtlstransport import generate_certificate
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PUBLISHER = Path(__file__).parent / "ffmpeg_publisher.py"


def make_identity(folder: Path) -> tuple[Path, Path]:
    """Files of a certificate on P-256 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = generate_certificate(key)
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files

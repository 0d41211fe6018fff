"""The door to OpenSSL's ciphers and to libsrtp, in the library that pylibsrtp brings with it.

Its public functions are called by compiled code, so they are given names there. That the library
has them is pinned by tests/signaling/transport/test_contract.py.
"""

from functools import cache
from typing import Any, Final

from cffi import FFI
from llvmlite import binding
from pylibsrtp import _binding

NAMES: Final = (
    "EVP_EncryptInit_ex",
    "EVP_EncryptUpdate",
    "EVP_EncryptFinal_ex",
    "EVP_CIPHER_CTX_ctrl",
    "srtp_protect",
)
BLOCK: Final = 16  # bytes of AES

_FFI: Final = FFI()
_FFI.cdef("""
void *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(void *context);
void *EVP_CIPHER_fetch(void *library, const char *algorithm, const char *properties);
int EVP_EncryptInit_ex(void *context, const void *cipher, void *engine, const char *key,
                       const char *nonce);
int EVP_EncryptUpdate(void *context, char *out, int *length, const char *in, int size);
int EVP_EncryptFinal_ex(void *context, char *out, int *length);
int EVP_CIPHER_CTX_ctrl(void *context, int type, int number, void *pointer);
int srtp_protect(void *context, void *packet, int *length);
""")


class CipherError(Exception):
    """OpenSSL refuses a key."""


@cache
def _library() -> Any:
    return _FFI.dlopen(_binding.__file__)


@cache
def _cipher(name: bytes) -> Any:
    """A cipher by name; looking it up costs more than a packet does."""
    return _library().EVP_CIPHER_fetch(_FFI.NULL, name, _FFI.NULL)


@cache
def name_symbols() -> None:
    """Let compiled code find the functions by their names."""
    library = _library()
    for name in NAMES:
        address = int(_FFI.cast("intptr_t", _FFI.addressof(library, name)))
        binding.add_symbol(name, address)


def context(name: bytes, key: bytes) -> Any:
    """A context that encrypts with a key, freed with its last reference; raises CipherError."""
    library = _library()
    made = _FFI.gc(library.EVP_CIPHER_CTX_new(), library.EVP_CIPHER_CTX_free)
    if library.EVP_EncryptInit_ex(made, _cipher(name), _FFI.NULL, key, _FFI.NULL) != 1:
        raise CipherError(name.decode())
    return made


def address_of(pointer: Any) -> int:
    """Where something lies."""
    return int(_FFI.cast("intptr_t", pointer))


def encrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """Whole blocks with AES-128, each alone; raises CipherError."""
    out, length = _FFI.new("char[]", len(blocks) + BLOCK), _FFI.new("int *")
    made = context(b"AES-128-ECB", key)
    if _library().EVP_EncryptUpdate(made, out, length, blocks, len(blocks)) != 1:
        raise CipherError("AES-128-ECB")
    return bytes(_FFI.buffer(out, len(blocks)))

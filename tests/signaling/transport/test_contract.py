"""Every private name of our vendors that transport/ relies on, so that an upgrade tells at once."""

import ctypes
import inspect
import re

import pylibsrtp
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport, State
from OpenSSL import SSL
from pylibsrtp import Policy, Session, _binding
from pylibsrtp._binding import ffi, lib

from signaling.transport import openssl
from signaling.transport.dtls import DatagramPipe, DtlsPeer, DtlsSession, make_certificate

PRINT = (("sha-256", ":".join(["00"] * 32)),)

FIELDS = ("_rx_srtp", "_tx_srtp", "_srtp_profiles", "_ssl", "_state", "_task", "_role")
METHODS = ("_set_role", "_set_state", "_write_ssl")


def session() -> DtlsSession:
    return DtlsSession(make_certificate(), DtlsPeer(PRINT, we_are_server=True), lambda _: None)


def test_the_transport_has_the_fields_that_we_read() -> None:
    fields = vars(RTCDtlsTransport(DatagramPipe(lambda _: None), [make_certificate()]))
    assert set(FIELDS) <= set(fields)


def test_no_private_name_of_the_transport_is_used_but_those_below() -> None:
    used = set(re.findall(r"(?:self|super\(\))\.(_[a-z]\w*)", inspect.getsource(DtlsSession)))
    ours = {name for name in vars(DtlsSession) if name not in vars(RTCDtlsTransport)}
    assert used - ours - {"_parameters"} == {*FIELDS, *METHODS}


def test_the_transport_has_the_methods_that_we_call_or_replace() -> None:
    assert list(inspect.signature(RTCDtlsTransport._set_role).parameters) == ["self", "role"]
    assert list(inspect.signature(RTCDtlsTransport._set_state).parameters) == ["self", "state"]
    assert list(inspect.signature(RTCDtlsTransport._setup_srtp).parameters) == ["self"]
    assert inspect.getsource(RTCDtlsTransport).count("self._setup_srtp()") == 1
    assert inspect.iscoroutinefunction(RTCDtlsTransport._write_ssl)
    assert inspect.iscoroutinefunction(RTCDtlsTransport._recv_next)
    assert list(inspect.signature(RTCDtlsTransport._recv_next).parameters) == ["self"]
    source = inspect.getsource(RTCDtlsTransport)
    assert source.count("self.transport._recv()") == source.count("_recv()") == 2
    assert "_recv()" not in source.replace(inspect.getsource(RTCDtlsTransport._recv_next), "")
    assert inspect.iscoroutinefunction(RTCDtlsTransport.start)
    assert inspect.iscoroutinefunction(RTCDtlsTransport.stop)


def test_the_transport_asks_its_ice_for_nothing_that_the_pipe_lacks() -> None:
    replaced = inspect.getsource(RTCDtlsTransport._recv_next)
    source = inspect.getsource(RTCDtlsTransport).replace(replaced, "")
    used = {name for name in ("_send", "role") if f"self.transport.{name}" in source}
    assert used == {"_send", "role"}
    assert source.count("self.transport.") == sum(
        source.count(f"self.transport.{name}") for name in used
    )


def test_a_certificate_has_one_context_for_all_its_sessions() -> None:
    parameters = inspect.signature(RTCCertificate._create_ssl_context).parameters
    assert list(parameters) == ["self", "srtp_profiles"]
    certificate = make_certificate()
    profiles = session()._srtp_profiles
    first = certificate._create_ssl_context(srtp_profiles=profiles)
    assert certificate._create_ssl_context(srtp_profiles=profiles) is first
    assert certificate._create_ssl_context(srtp_profiles=profiles[:1]) is not first
    assert first.set_session_cache_mode(SSL.SESS_CACHE_OFF) == SSL.SESS_CACHE_OFF


def test_the_states_that_we_wait_for_exist() -> None:
    assert {State.CONNECTED, State.CLOSED, State.FAILED} <= set(State)


def test_the_profiles_that_we_offer_exist() -> None:
    names = [profile.openssl_profile for profile in session()._srtp_profiles]
    assert names == [b"SRTP_AEAD_AES_128_GCM", b"SRTP_AES128_CM_SHA1_80"]
    assert {profile.openssl_profile for profile in rtcdtlstransport.SRTP_PROFILES} >= set(names)


def test_the_role_is_ours() -> None:
    assert session()._role == "server"


def test_an_empty_buffer_raises_what_we_catch() -> None:
    context = SSL.Context(SSL.DTLS_METHOD)
    connection = SSL.Connection(context)
    try:
        connection.bio_read(100)
    except SSL.Error:
        return
    raise AssertionError


def test_libsrtp_is_reached_as_we_reach_it() -> None:
    assert pylibsrtp.__version__.startswith("1.0.")
    policy = Policy(key=bytes(30), ssrc_type=Policy.SSRC_ANY_OUTBOUND)
    context = Session(policy)._srtp[0]
    assert ffi.typeof(context).cname == "struct srtp_ctx_t_ *"
    for verb in ("protect", "protect_rtcp", "unprotect", "unprotect_rtcp"):
        assert ffi.typeof(getattr(lib, f"srtp_{verb}")).args[0] is ffi.typeof(context)
    assert lib.srtp_err_status_ok == 0


def test_the_library_brings_the_ciphers_that_compiled_code_calls() -> None:
    library = ctypes.CDLL(_binding.__file__)
    assert [name for name in openssl.NAMES if not hasattr(library, name)] == []
    library.OpenSSL_version_num.restype = ctypes.c_ulong
    assert library.OpenSSL_version_num() >> 28 == 3, "look at EVP_EncryptInit_ex again"

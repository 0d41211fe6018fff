"""Sockets and keys: one UDP port for all sessions, DTLS through its one door, SRTP, batches."""

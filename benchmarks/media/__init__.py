"""Load for the media engine: real handshakes, replayed traffic, a crowd behind one socket."""

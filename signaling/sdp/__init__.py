"""Our own SDP: a model that keeps what it reads, negotiation, answers and ICE fragments. Pure."""

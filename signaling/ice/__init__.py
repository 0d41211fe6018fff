"""ICE without sockets or clocks: STUN messages and the ICE-lite agent."""

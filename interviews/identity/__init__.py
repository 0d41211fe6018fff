"""How somebody proves who they are: accounts, sessions, mailed links."""

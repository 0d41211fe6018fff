"""The campaign, its phases and its booking policy."""

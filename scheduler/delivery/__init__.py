"""How mail leaves the house: its words, and the carriers that take it."""

"""The words of every mail: a letter is a value, and two templates draw every letter."""

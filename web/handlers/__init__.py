"""One resource a file: parse, call one verb, answer."""

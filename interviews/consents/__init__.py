"""What somebody agreed to, in which words, and since when."""

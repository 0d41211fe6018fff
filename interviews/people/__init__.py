"""Who somebody is: a name, an address, a language and a zone."""

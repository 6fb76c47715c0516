"""Names of keywords for type checkers; nothing imports this when a program runs."""

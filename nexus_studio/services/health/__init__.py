"""The health of a database: how big it is, how it grows, what is to be done about it, what it does just now."""

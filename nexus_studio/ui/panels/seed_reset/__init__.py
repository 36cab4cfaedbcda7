"""The seed & reset panel: example rows, a fresh start, named states of a database, rows of SQLite files."""

"""The import of a SQLite file: read, tried, written through COPY in one transaction, and compared afterwards."""

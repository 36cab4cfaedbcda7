"""What acts on the world - PostgreSQL, files, subprocesses - and knows no screen."""

"""Migrations: where a database stands, and bringing it up to date."""

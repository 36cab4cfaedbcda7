"""Values of core turned into SQLAlchemy statements; nothing is executed here."""

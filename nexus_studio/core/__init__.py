"""Values and rules: no database, no disk, no screen; the same input gives the same output."""

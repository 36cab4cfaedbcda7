"""What a database looks like: relations, columns, keys, types, and what the models add."""

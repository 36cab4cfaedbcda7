"""Tools of the developer; nothing here travels with the product."""

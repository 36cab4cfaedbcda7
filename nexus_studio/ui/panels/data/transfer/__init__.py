"""The dialogs of the data panel that export rows to files and import them."""

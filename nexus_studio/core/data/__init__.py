"""What the user looks at and changes: cells, rows, questions, staged edits."""

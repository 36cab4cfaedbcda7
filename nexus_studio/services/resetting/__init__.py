"""Beginning anew: a reset, emptied tables, a recreated database; and what each would lose, said before."""

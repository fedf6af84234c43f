"""This run among others: how it is stopped, what it makes for a while, and what killed runs have left."""

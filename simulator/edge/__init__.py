"""The simulated edge: a call in which people are recordings and time is virtual."""

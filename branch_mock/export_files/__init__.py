"""Export files: the rows that are invented for a day, and the bytes of its files (contract 10)."""

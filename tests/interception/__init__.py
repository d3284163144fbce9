"""Branch's real hosts in this process (contract 2)."""

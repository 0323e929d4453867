"""A world on paper: playbook tests, and whole populations, on the one interpreter and a virtual clock."""

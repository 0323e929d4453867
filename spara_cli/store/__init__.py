"""Where state lives: SQLite by default. Everything that knows SQL is below this folder."""

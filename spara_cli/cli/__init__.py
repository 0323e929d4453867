"""The command line: one file per command. Each parses flags, calls one function, renders, returns the exit code."""

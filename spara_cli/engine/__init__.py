"""The pure heart: a workflow compiled to a program, and `advance`, which moves one enrollment through it."""

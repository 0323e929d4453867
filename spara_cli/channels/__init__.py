"""One file per way out, and in: each turns its library's errors into answers and events.

Importing this package imports no adapter; the composition root asks for the ones a project uses.
`outbox` (files, no account) and `counting` (nothing at all, for benchmarks) need no library.
"""

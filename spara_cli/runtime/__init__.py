"""The impure shell: clocks, files, the turn of the daemon. It carries out what the engine decides."""

"""The nouns, frozen: data every layer above speaks in. No I/O, no clock, no chance."""

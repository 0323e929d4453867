"""Text to Workflow and back: read YAML with positions, check it, and turn it into the nouns of `model`."""

"""How answers look: one module per format, plain functions from values to text."""

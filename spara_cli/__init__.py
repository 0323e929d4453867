"""spara: go-to-market playbooks as code. Start reading at ARCHITECTURE.md."""

__version__ = "0.1.0"

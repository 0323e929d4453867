"""The project's settings: `spara.yaml` and `SPARA_*` become one value that says where each part came from."""

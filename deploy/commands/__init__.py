"""The `onecard` command, a module per command. `deploy.cli` puts them together."""

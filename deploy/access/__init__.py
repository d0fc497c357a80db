"""Users and rights: one table (`deploy/principals.yaml`), and bringing it to a broker."""

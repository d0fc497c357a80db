"""The people of a visit. Each knows what guide tells, acts by their own chance, and only writes signed requests."""

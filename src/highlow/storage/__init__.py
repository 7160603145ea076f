"""How results lie on disk: whole files or none, checksums, HDF5 with named axes, plain tables, provenance."""

"""Faults that a run of the pipeline must survive: `make campaign`."""

"""A network in Python: what the pipeline finds in one, without the pipeline's files."""

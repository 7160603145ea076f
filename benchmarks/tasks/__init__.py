"""The tasks that are compared, one module each; a module has the programs of its sides, and the task."""

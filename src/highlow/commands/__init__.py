"""The command line: one module a command, which asks the rooms below and shows their answer."""

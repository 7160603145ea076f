"""Fuzzing of every reader: damaged and made-up files, each of which is read or refused, and nothing else happens."""

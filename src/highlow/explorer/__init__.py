"""The explorer: a folder of every unit's pictures, photographs and numbers, to be looked at in a browser."""

"""One module a figure; each has `draw(inputs, settings)`. None imports PyTorch."""

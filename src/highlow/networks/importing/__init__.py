"""Any PyTorch module as the project's graph and weights: traced, translated, simplified, named, compared with it."""

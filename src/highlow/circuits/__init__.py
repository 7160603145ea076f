"""How a layer is wired: expanded weights, factors, detection."""

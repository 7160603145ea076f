"""Training of the embedded network: an InceptionV1 stem that learns to tell photographs apart."""

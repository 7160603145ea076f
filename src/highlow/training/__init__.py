"""Training of the embedded network: an InceptionV1 stem that learns where one photograph ends and another begins."""

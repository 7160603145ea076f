"""What a network likes: feature visualization, dataset examples."""

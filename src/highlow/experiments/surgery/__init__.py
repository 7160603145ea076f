"""Surgery: a detector's incoming weights are replaced, and what is left of its tuning and its responses is measured."""

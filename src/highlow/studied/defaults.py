"""How finely a network is measured unless told otherwise, and what is too coarse. Imports neither torch nor numpy."""

# The defaults of the configuration (workflow/schemas/config.schema.yaml).
ORIENTATIONS, RATIOS, PHASES, SEEDS, STEPS = 73, 30, 4, 20, 256
SMALLEST = {"orientations": 9, "ratios": 3, "phases": 1, "seeds": 1, "seed": 0, "threads": 1, "steps": 1}

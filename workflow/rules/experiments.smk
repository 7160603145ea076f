# What the article could not decide by pictures: one job an experiment, on a network and its controls together.

add_jobs({name: experimenting(name, found) for name, found in EXPERIMENTS.items()})

"""What a network is shown, and what it answers: stimuli, responses, tuning."""

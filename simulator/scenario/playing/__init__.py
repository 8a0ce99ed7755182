"""Playing a scenario: the agent is made, put on a stage, led through the script, and judged."""

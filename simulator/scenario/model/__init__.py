"""What a scenario says: people and where they call from, steps, expectations, and the quantities and words they are
made of. Values without I/O; `ScenarioError` is what is wrong with one."""

"""While a call is recorded: an edge around the agent's own, and a folder that grows with the call, second by second."""

"""What can be done and waited for in a call: by people, by the agent, by its providers, by everyone. Scripts are played
with these verbs, and tests in Python are written with them."""

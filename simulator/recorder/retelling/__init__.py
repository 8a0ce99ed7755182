"""From a recording to a script: what people said, showed and did, what went wrong with providers, and in what order."""

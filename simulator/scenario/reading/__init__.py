"""From a file to a `Scenario`: YAML that remembers where everything stood, so that what is wrong is told with its line
and column and the nearest valid word."""

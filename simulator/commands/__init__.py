"""What the commands of `agentkit` do. `simulator.cli` reads the command line and imports a command when it is given."""

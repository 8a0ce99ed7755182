"""How the results of scenarios reach people and programs: the console, JSON, and folders with traces and sound."""

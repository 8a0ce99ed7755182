"""How the results of scenarios reach people and programs: the console, pages to look at and listen to, and files."""

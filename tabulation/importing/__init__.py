"""From an election folder and protocol files into the database: all or nothing."""

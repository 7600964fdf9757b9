"""What is on the ballot: elections, contests, parties, candidates. Knows no geography, no votes."""

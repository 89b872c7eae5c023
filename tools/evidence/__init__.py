"""What measures the tables of the evidence; `python tools/evidence --help`."""

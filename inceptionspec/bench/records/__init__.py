"""Results in files: records of runs, profiles, and what tuning found."""

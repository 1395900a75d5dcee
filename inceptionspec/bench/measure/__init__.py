"""From durations to figures: the timing loop, statistics, intervals, signs of noise."""

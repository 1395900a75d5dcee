"""What a spec promises and what a designer would warn of."""

"""What a network sees in pictures: what computes, the loop over them, and ensembles."""

"""What a network sees in pictures: reading, preprocessing and cropping them, and ensembles."""

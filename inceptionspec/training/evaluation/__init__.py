"""How good networks are on labeled pictures: accuracy, calibration, confusions, ensembles."""

"""Networks with their weights as files of other programs, each verified and with a receipt."""

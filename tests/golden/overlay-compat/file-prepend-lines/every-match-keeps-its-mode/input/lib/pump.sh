echo pump

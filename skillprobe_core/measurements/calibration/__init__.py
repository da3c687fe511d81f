"""Table `calibration`: does a checkpoint know what it knows?"""

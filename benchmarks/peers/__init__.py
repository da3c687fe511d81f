"""The peers: a requirement file for each environment, and the program that runs a peer in it (`NAME_worker.py`)."""

"""Small quantised weights written by the libraries that define their formats, with the weights that these compute."""

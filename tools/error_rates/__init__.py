"""Error rates of the study's claims, by simulation under the null hypotheses that a critic would choose."""

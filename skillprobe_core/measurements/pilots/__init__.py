"""Table `pilots`: the pilot that chose the levels of each kind for a base."""

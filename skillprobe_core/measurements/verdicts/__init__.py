"""Table `verdicts`: the judged completions."""

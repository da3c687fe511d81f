"""Table `skill_scores`: accuracies per skill, domain and level."""

"""Table `profile_tests`: paired tests of a checkpoint against its base."""

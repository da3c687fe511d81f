-- Which cells collapsed or have broken output, at which step, and were they still collapsed at the next checkpoint? (needs `skillprobe study`)
-- model = all: the model, or all of them
SELECT model, step, skill, domain, collapse, output_broken, base_accuracy, accuracy, change, upper_limit, margin,
  base_well_formed_accuracy, well_formed_accuracy, well_formed_upper_limit, base_well_formed_rate, well_formed_rate, persistent
FROM study_tests
WHERE scope = 'cell' AND (collapse OR output_broken) AND ($model = 'all' OR model = $model)
ORDER BY model, skill, domain, step

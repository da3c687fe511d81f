-- Which cells collapsed, at which step, and were they still collapsed at the next checkpoint? (needs `skillprobe study`)
-- model = all: the model, or all of them
SELECT model, step, skill, domain, base_accuracy, accuracy, change, upper_limit, margin, persistent
FROM study_tests
WHERE scope = 'cell' AND collapse AND ($model = 'all' OR model = $model)
ORDER BY model, skill, domain, step

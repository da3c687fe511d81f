-- Which cells collapsed, when, and were they still down at the next checkpoint? (needs `skillprobe study`)
-- model = all: one model
SELECT model, step, skill, domain, base_accuracy, accuracy, change, upper_limit, margin, persistent
FROM study_tests
WHERE scope = 'cell' AND collapse AND ($model = 'all' OR model = $model)
ORDER BY model, skill, domain, step

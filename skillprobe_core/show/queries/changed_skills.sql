-- Which skills changed significantly from the base, at which step, and by how much?
-- model = all: the model, or all of them
SELECT model, step, skill, base_accuracy, accuracy, change, change_low, change_high, p_adjusted
FROM profile_tests
WHERE scope = 'skill' AND p_adjusted <= 0.05 AND ($model = 'all' OR model = $model)
ORDER BY model, skill, step

-- How did the accuracy of a skill go over the training, with its 95 % interval and the chance of a blind guess?
-- skill = all: calculation, fact_retrieval, simulation, enumeration, diagnostic, or all of them together
-- model = all: one model
SELECT model, step, accuracy, accuracy_low, accuracy_high, strict_accuracy, chance
FROM skill_scores
WHERE skill = $skill AND domain = 'all' AND level = 0 AND ($model = 'all' OR model = $model)
ORDER BY model, step

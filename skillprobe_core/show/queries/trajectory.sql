-- How did the accuracy of a skill develop over training, with its 95 % interval and the chance level?
-- skill = all: calculation, fact_retrieval, simulation, enumeration, diagnostic, or all for the total
-- model = all: the model, or all of them
SELECT model, step, accuracy, accuracy_low, accuracy_high, chance
FROM skill_scores
WHERE skill = $skill AND domain = 'all' AND level = 0 AND ($model = 'all' OR model = $model)
ORDER BY model, step

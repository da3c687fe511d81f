-- Did a skill follow the trainer's own figure, such as its reward or loss, over training?
-- skill = all: calculation, fact_retrieval, simulation, enumeration, diagnostic, or all for the total
-- metric = reward: name of a metric in the trainer's log, such as reward, loss or eval_loss
-- model = all: the model, or all of them
SELECT model, step, value AS metric_value, logged_step, accuracy, accuracy_low, accuracy_high, seed, data_digest
FROM training_metrics JOIN skill_scores USING (model, step)
WHERE metric = $metric AND skill = $skill AND domain = 'all' AND level = 0 AND ($model = 'all' OR model = $model)
ORDER BY model, step

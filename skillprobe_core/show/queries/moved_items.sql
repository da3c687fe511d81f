-- On which items did the output distribution change most from the base, and was the answer lost?
-- model: the model
-- step = last: the step, or the last one
-- most = 20: number of items
SELECT i.skill, i.domain, i.kind, d.forward_kl, d.forward_kl_max, d.moved_share, v.verdict, i.prompt
FROM logit_divergence AS d
JOIN items AS i ON i.item_set = d.item_set AND i.item_id = d.item_id
LEFT JOIN verdicts AS v ON v.model = d.model AND v.step = d.step AND v.item_set = d.item_set
  AND v.item_id = d.item_id AND v.sample = 0 AND v.reading = 'fair'
WHERE d.model = $model AND d.text = 'reference' AND d.step = CASE WHEN $step = 'last'
  THEN (SELECT max(step) FROM logit_divergence WHERE model = $model) ELSE TRY_CAST($step AS BIGINT) END
ORDER BY d.forward_kl DESC NULLS LAST, d.item_id
LIMIT CAST($most AS BIGINT)

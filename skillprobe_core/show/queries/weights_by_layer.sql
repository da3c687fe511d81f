-- In which layers did the weights change?
-- model: the model
-- step = last: the step, or the last one
SELECT step, layer, count(*) AS tensors, sqrt(sum(delta_norm ** 2)) / sqrt(sum(base_norm ** 2)) AS relative_norm,
  sum(sparsity_relative * elements) / sum(elements) AS sparsity
FROM parameter_stats
WHERE model = $model AND compared_with = 'base' AND status = 'compared' AND step = CASE WHEN $step = 'last'
  THEN (SELECT max(step) FROM parameter_stats WHERE model = $model) ELSE TRY_CAST($step AS BIGINT) END
GROUP BY step, layer
ORDER BY layer NULLS LAST

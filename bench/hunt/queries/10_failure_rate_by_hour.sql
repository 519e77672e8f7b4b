SELECT r0, r1, r2, r3, round(100.0::DOUBLE * r2 / r1, 2) AS r4
FROM (
  SELECT TimeGenerated - TimeGenerated % 36000000000 AS r0, count(*) AS r1, count(*) FILTER (WHERE ResultType <> '0') AS r2, max(DurationMs) AS r3
  FROM signins
  GROUP BY 1)
ORDER BY r0

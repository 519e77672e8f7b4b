SELECT TimeGenerated - TimeGenerated % 36000000000 AS hour, count(*) AS n, count(*) FILTER (WHERE ResultType <> '0') AS failed, max(DurationMs) AS slowest FROM signins
GROUP BY TimeGenerated - TimeGenerated % 36000000000

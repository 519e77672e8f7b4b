SELECT IPAddress AS r0, TimeGenerated - TimeGenerated % 36000000000 AS r1, count(DISTINCT UserPrincipalName) AS r2, count(*) AS r3
FROM signins
WHERE ResultType = '50126'
GROUP BY 1, 2
HAVING count(DISTINCT UserPrincipalName) > 10

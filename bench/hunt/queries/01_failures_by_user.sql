SELECT UserPrincipalName AS r0, count(*) AS r1
FROM signins
WHERE TimeGenerated > 639169920000000000 AND ResultType <> '0'
GROUP BY UserPrincipalName
ORDER BY r1 DESC, r0
LIMIT 20

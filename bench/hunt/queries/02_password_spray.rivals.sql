SELECT IPAddress, TimeGenerated - TimeGenerated % 36000000000 AS hour, count(DISTINCT UserPrincipalName) AS users, count(*) AS attempts
FROM signins WHERE ResultType = '50126'
GROUP BY IPAddress, TimeGenerated - TimeGenerated % 36000000000 HAVING count(DISTINCT UserPrincipalName) > 10

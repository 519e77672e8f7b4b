SELECT UserPrincipalName, count(*) AS failures FROM signins
WHERE TimeGenerated > 639169920000000000 AND ResultType <> '0'
GROUP BY UserPrincipalName ORDER BY failures DESC, UserPrincipalName LIMIT 20

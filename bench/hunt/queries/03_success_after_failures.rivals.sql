WITH failures AS (
  SELECT UserPrincipalName, IPAddress, count(*) AS failed, max(TimeGenerated) AS last FROM signins
  WHERE TimeGenerated > 639169056000000000 AND ResultType IN ('50126', '50053', '50055')
  GROUP BY UserPrincipalName, IPAddress HAVING count(*) >= 3)
SELECT s.TimeGenerated, s.UserPrincipalName, s.IPAddress, s.AppDisplayName, f.failed
FROM signins s JOIN failures f ON s.UserPrincipalName = f.UserPrincipalName AND s.IPAddress = f.IPAddress
WHERE s.TimeGenerated > 639169056000000000 AND s.ResultType = '0' AND s.TimeGenerated > f.last AND s.TimeGenerated < f.last + 6000000000

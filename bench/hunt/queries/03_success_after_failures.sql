WITH failures AS (
  SELECT UserPrincipalName, IPAddress, count(*) AS failed, max(TimeGenerated) AS last
  FROM signins
  WHERE TimeGenerated > 639169056000000000 AND ResultType IN ('50126', '50053', '50055')
  GROUP BY UserPrincipalName, IPAddress
  HAVING count(*) >= 3)
SELECT s.TimeGenerated AS r0, s.UserPrincipalName AS r1, s.IPAddress AS r2, s.AppDisplayName AS r3, f.failed AS r4
FROM signins AS s JOIN failures AS f ON s.UserPrincipalName = f.UserPrincipalName AND s.IPAddress = f.IPAddress
WHERE s.TimeGenerated > 639169056000000000 AND s.ResultType = '0' AND s.TimeGenerated > f.last AND s.TimeGenerated < f.last + 6000000000

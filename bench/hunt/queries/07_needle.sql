SELECT TimeGenerated AS r0, UserPrincipalName AS r1, IPAddress AS r2, UserAgent AS r3
FROM signins
WHERE UserAgent ILIKE '%sqlmap%' OR contains(IPAddress, '203.0.113.77')

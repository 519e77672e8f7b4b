SELECT TimeGenerated, UserPrincipalName, IPAddress, UserAgent FROM signins
WHERE UserAgent {ilike} '%sqlmap%' OR IPAddress LIKE '%203.0.113.77%'

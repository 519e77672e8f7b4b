SELECT AppDisplayName AS r0, ClientAppUsed AS r1, count(DISTINCT UserPrincipalName) AS r2, count(*) AS r3, max(TimeGenerated) AS r4
FROM signins
WHERE lower(ClientAppUsed) IN ('imap4', 'pop3', 'authenticated smtp', 'exchange activesync') AND ResultType = '0'
GROUP BY AppDisplayName, ClientAppUsed

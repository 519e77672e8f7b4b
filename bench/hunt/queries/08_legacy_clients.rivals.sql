SELECT AppDisplayName, ClientAppUsed, count(DISTINCT UserPrincipalName) AS users, count(*) AS n, max(TimeGenerated) AS last FROM signins
WHERE lower(ClientAppUsed) IN ('imap4', 'pop3', 'authenticated smtp', 'exchange activesync') AND ResultType = '0'
GROUP BY AppDisplayName, ClientAppUsed

/** The page before its script runs. */
export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Calls · Trunkline</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="explorer.css">
<script type="module" src="explorer.js"></script>
</head>
<body>
<noscript>This page needs JavaScript. It asks nobody but this machine.</noscript>
</body>
</html>
`

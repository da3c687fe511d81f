"""The packages that skillprobe installs: their exact files, licences and known vulnerabilities."""

"""What running the platform needs: tables up to date, backups, logs, measures, health, traces."""

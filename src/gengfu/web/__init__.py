"""What people see: console shell, field page, static files, languages."""

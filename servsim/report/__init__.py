"""Reports: what a run says in sentences, tables and pictures. Never simulates and never measures anew."""

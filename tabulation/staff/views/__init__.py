"""What answers a request: `public` for everyone, the others for staff."""

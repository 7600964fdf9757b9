"""Ready answers in one file a host: what the web processes serve before Django is asked."""

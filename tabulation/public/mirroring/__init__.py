"""The whole public site as files: for a web server without Python, a CDN, another's mirror."""

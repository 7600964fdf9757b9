"""The public site as files: kept up by a follower for nginx, or written once as a copy."""

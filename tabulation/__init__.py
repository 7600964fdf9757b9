"""From paper to public: load, entry, verification, aggregation, publication, documents."""

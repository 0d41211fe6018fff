"""Posts that a firm offers."""

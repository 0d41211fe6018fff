"""An organiser's decision about a job."""

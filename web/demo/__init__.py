"""The demo campaign: invented people, firms and jobs, their dates shifted to today."""

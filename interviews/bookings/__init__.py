"""What a graduate and a panel agreed on."""

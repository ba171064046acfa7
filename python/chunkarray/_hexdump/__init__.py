"""Pictures of bytes: each field a coloured region with its name, type and value."""

"""Records: elements and messages made of named fields."""

//! Typed, growable arrays whose elements never move.

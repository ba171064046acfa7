//! Raw bindings to the HPy 0.9 universal ABI.

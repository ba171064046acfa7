//! An HPy host for interpreters without HPy, over the C API found at run time.

//! The extension module `chunkarray._core`.

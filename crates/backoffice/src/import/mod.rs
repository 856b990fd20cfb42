//! Import (being written).

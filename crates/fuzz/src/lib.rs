//! What is fuzzed: a value or a typed error, never a panic, never over budget.

pub mod targets;

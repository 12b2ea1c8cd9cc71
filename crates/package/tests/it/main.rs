//! The inventory against hand-built, foreign, damaged and hostile archives.

// Marked as tests, as lints treat these modules otherwise than a test's own file.
#[cfg(test)]
mod artifacts;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod builder;
#[cfg(test)]
mod bytes;
#[cfg(test)]
mod cabinet;
#[cfg(test)]
mod check;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod costly;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod end;
#[cfg(test)]
mod event_log;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_tables;
#[cfg(test)]
mod huge;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod local;
#[cfg(test)]
mod names;
#[cfg(test)]
mod password;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod prefetch;
#[cfg(test)]
mod redaction;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_tables;
#[cfg(test)]
mod search;
#[cfg(test)]
mod search_places;
#[cfg(test)]
mod source;
#[cfg(test)]
mod timeline;
#[cfg(test)]
mod verification;

//! The engine by hand: one exchange after another, for what the simulation meets too seldom.

// Marked as tests, as lints treat these modules otherwise than a test's own file.
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod doubt;
#[cfg(test)]
mod handles;
#[cfg(test)]
mod leader;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod office;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod permission;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod stops;
#[cfg(test)]
mod together;
#[cfg(test)]
mod token;
#[cfg(test)]
mod trickle;
#[cfg(test)]
mod words;

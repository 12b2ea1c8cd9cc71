//! What a package was written from, so that a reader can be held against it.

/// What a package was written from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The collection's GUID.
    pub collection: String,
    /// The name that Windows tools print.
    pub device: String,
    /// How far the device's clock is ahead of UTC.
    pub utc_offset_seconds: i32,
    /// How many commands the summary has.
    pub commands: usize,
    /// How many processes were listed.
    pub processes: usize,
    /// Name and description of each service, as they were before the agent rewrote them.
    pub services: Vec<(String, String)>,
}

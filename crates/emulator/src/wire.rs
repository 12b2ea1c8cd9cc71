//! The resources of the API as they stand in its answers.

mod action;
mod machine;

use serde::Serialize;
use serde::ser::SerializeMap as _;

pub(crate) use action::ActionView;
pub(crate) use machine::MachineView;

/// One resource, with the address of its description before it.
#[derive(Debug, Serialize)]
pub(crate) struct Entity<T> {
    #[serde(rename = "@odata.context")]
    pub(crate) context: String,
    #[serde(flatten)]
    pub(crate) value: T,
}

/// A list of resources.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    pub(crate) context: String,
    pub(crate) count: Option<usize>,
    pub(crate) value: Vec<T>,
    pub(crate) next: Option<String>,
}

impl<T: Serialize> Serialize for Collection<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("@odata.context", &self.context)?;
        if let Some(count) = self.count {
            map.serialize_entry("@odata.count", &count)?;
        }
        map.serialize_entry("value", &self.value)?;
        if let Some(next) = &self.next {
            map.serialize_entry("@odata.nextLink", next)?;
        }
        map.end()
    }
}

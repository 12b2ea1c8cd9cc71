use crate::opaque::opaque_id;

opaque_id! {
    /// The service's id of a machine action, usually a GUID.
    ActionId, "action id", InvalidOption
}

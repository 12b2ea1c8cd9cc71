use crate::opaque::opaque_id;

opaque_id! {
    /// The service's id of a device, usually 40 hex digits.
    MachineId, "machine id", InvalidDevice
}

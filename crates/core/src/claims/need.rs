/// One step of the work and the permissions for it; any one of them is enough.
///
/// They are the permissions on Microsoft's page of the call, and others that were seen to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Need {
    /// What the step does, such as `collect the package`.
    pub step: &'static str,
    /// Application permissions, in the token's `roles`; the first is the least privilege that the
    /// page names.
    pub roles: &'static [&'static str],
    /// Delegated permissions, in the token's `scp`; the first is the least privilege that the page
    /// names.
    pub scopes: &'static [&'static str],
}

/// Finding the device and reading which actions it supports.
pub const FIND_DEVICE: Need = Need {
    step: "find the device",
    roles: &["Machine.Read.All", "Machine.ReadWrite.All"],
    scopes: &["Machine.Read", "Machine.ReadWrite"],
};

/// Collecting the package.
pub const COLLECT: Need = Need {
    step: "collect the package",
    roles: &["Machine.CollectForensics"],
    scopes: &["Machine.CollectForensics"],
};

/// Reading the action. Since 2025-11 the page names only `Machine.ReadWrite.All`; the service also
/// accepts `Machine.Read.All`.
pub const READ_ACTION: Need = Need {
    step: "read the action",
    roles: &["Machine.ReadWrite.All", "Machine.Read.All"],
    scopes: &["Machine.ReadWrite", "Machine.Read"],
};

/// Getting the package's link. As with [`READ_ACTION`], `Machine.Read.All` works too.
pub const PACKAGE_LINK: Need = Need {
    step: "get the package's link",
    roles: &["Machine.ReadWrite.All", "Machine.Read.All"],
    scopes: &["Machine.CollectForensics"],
};

/// Cancelling an action: any response-action permission.
pub const CANCEL: Need = Need { step: "cancel the action", roles: RESPONSE, scopes: RESPONSE };

/// Everything that a collection needs, from the device's name to the package's link.
pub const COLLECTION_PATH: &[Need] = &[FIND_DEVICE, COLLECT, READ_ACTION, PACKAGE_LINK];

const RESPONSE: &[&str] = &[
    "Machine.CollectForensics",
    "Machine.Isolate",
    "Machine.RestrictExecution",
    "Machine.Scan",
    "Machine.Offboard",
    "Machine.StopAndQuarantine",
    "Machine.LiveResponse",
];

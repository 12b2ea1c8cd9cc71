/// One step of the work, and the permissions of which any one lets it be done.
///
/// The permissions are those of Microsoft's page of the call, and those that were seen to work besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Need {
    /// What is done, such as `collect the package`.
    pub step: &'static str,
    /// Application permissions, in the token's `roles`; the first is the least that the page names.
    pub roles: &'static [&'static str],
    /// Delegated permissions, in the token's `scp`; the first is the least that the page names.
    pub scopes: &'static [&'static str],
}

/// To find the device, and to see what can be done with it.
pub const FIND_DEVICE: Need = Need {
    step: "find the device",
    roles: &["Machine.Read.All", "Machine.ReadWrite.All"],
    scopes: &["Machine.Read", "Machine.ReadWrite"],
};

/// To collect the package.
pub const COLLECT: Need = Need {
    step: "collect the package",
    roles: &["Machine.CollectForensics"],
    scopes: &["Machine.CollectForensics"],
};

/// To read the action. The page names `Machine.ReadWrite.All` alone since 2025-11; the service takes
/// `Machine.Read.All` too.
pub const READ_ACTION: Need = Need {
    step: "read the action",
    roles: &["Machine.ReadWrite.All", "Machine.Read.All"],
    scopes: &["Machine.ReadWrite", "Machine.Read"],
};

/// To get the package's link; as with [`READ_ACTION`], `Machine.Read.All` works too.
pub const PACKAGE_LINK: Need = Need {
    step: "get the package's link",
    roles: &["Machine.ReadWrite.All", "Machine.Read.All"],
    scopes: &["Machine.CollectForensics"],
};

/// To cancel an action: any permission for a response action.
pub const CANCEL: Need = Need { step: "cancel the action", roles: RESPONSE, scopes: RESPONSE };

/// All that a collection needs, from the device's name to the package's link.
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

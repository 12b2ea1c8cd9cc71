//! Classifies a token's audience.

use crate::cloud::Cloud;

/// What is known about an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// This API.
    Mde,
    /// Another API, by name.
    Other(&'static str),
    /// Not known to be either.
    Unknown,
}

/// The app id of `WindowsDefenderATP`, and audiences of its tokens that are not hosts.
const MDE: &[&str] = &[
    "fc780465-2017-40d4-a0c5-307022471b92",
    "securitycenter.onmicrosoft.com/windowsatpservice",
    "securitycenter.onmicrosoft.us/windowsatpservice",
];

/// Other Microsoft APIs, by their resource's host and their app id.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "Microsoft Graph",
        &[
            "graph.microsoft.com",
            "graph.microsoft.us",
            "dod-graph.microsoft.us",
            "microsoftgraph.chinacloudapi.cn",
            "00000003-0000-0000-c000-000000000000",
        ],
    ),
    (
        "Azure AD Graph",
        &["graph.windows.net", "graph.microsoftazure.us", "00000002-0000-0000-c000-000000000000"],
    ),
    (
        "Azure Resource Manager",
        &[
            "management.azure.com",
            "management.core.windows.net",
            "management.usgovcloudapi.net",
            "management.core.usgovcloudapi.net",
            "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        ],
    ),
    (
        "Azure Key Vault",
        &["vault.azure.net", "vault.usgovcloudapi.net", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"],
    ),
    ("Azure Storage", &["storage.azure.com", "e406a681-f3d4-42a8-90b6-c2b029497af1"]),
    (
        "Log Analytics",
        &[
            "api.loganalytics.io",
            "api.loganalytics.azure.com",
            "api.loganalytics.us",
            "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
        ],
    ),
    ("Azure SQL", &["database.windows.net", "022907d3-0f1b-48f7-badc-1ba6abab6d66"]),
    ("Office 365 Management", &["manage.office.com", "c5393580-f805-4401-95e8-94b7a6ef2fc2"]),
    (
        "Exchange Online",
        &["outlook.office365.com", "outlook.office.com", "00000002-0000-0ff1-ce00-000000000000"],
    ),
    ("SharePoint Online", &["00000003-0000-0ff1-ce00-000000000000"]),
    ("Azure DevOps", &["499b84ac-1321-427f-aa17-267ca6975798"]),
];

pub(super) fn classify(audience: &str) -> Audience {
    let bare = audience.trim().to_ascii_lowercase();
    let bare = bare.split_once("://").map_or(bare.as_str(), |(_, rest)| rest).trim_end_matches('/');
    let host = bare.split_once('/').map_or(bare, |(host, _)| host);
    // Microsoft's pages disagree about tokens for this host: it serves this API and that of
    // Defender XDR.
    if host == "api.security.microsoft.com" {
        return Audience::Unknown;
    }
    if MDE.contains(&bare) || Cloud::is_mde_host(host) {
        return Audience::Mde;
    }
    let names = |name: &&str| *name == host;
    OTHERS
        .iter()
        .find(|(_, audiences)| audiences.iter().any(names))
        .map_or(Audience::Unknown, |(name, _)| Audience::Other(name))
}

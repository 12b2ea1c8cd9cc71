//! What lists call the types of indicators, and the columns that have them.

use super::{IndicatorKind, indicator::kind};

/// What a type says of the text that it stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Address,
    /// A domain, or a URL whose host may be an address.
    Host,
    Hash,
    /// The name or the path of a file.
    File,
    /// A name, or whatever else it turns out to be.
    Name,
    /// A key, a line of commands: whatever it is written as, with whatever it has within.
    Text,
    /// What says nothing alone, such as a port.
    Beside,
}

impl Type {
    /// The type of this name, in whatever way its words are joined: `ip-dst`, `IPv4 address`, `FileHash-SHA256`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = joined(name);
        let of = |(own, names): &(Self, &[&str])| names.contains(&&*name).then_some(*own);
        TYPES.iter().find_map(of)
    }

    /// Whether a value, with what made it harmless taken back and without scheme and path, can be of this type.
    pub(super) fn fits(self, value: &str, is_url: bool) -> bool {
        match self {
            Self::Address => kind(value) == IndicatorKind::Address,
            Self::Host => is_url || kind(value) != IndicatorKind::Name,
            Self::Hash => kind(value) == IndicatorKind::Hash,
            Self::File | Self::Name | Self::Text => true,
            Self::Beside => false,
        }
    }
}

/// Whether a cell is what a list calls a column, and no indicator.
pub(super) fn is_head(cell: &str) -> bool {
    Type::named(cell).is_some() || HEADS.contains(&&*joined(cell))
}

/// Whether a cell is what MISP calls a category, behind which it writes the type.
pub(super) fn is_category(cell: &str) -> bool {
    CATEGORIES.contains(&&*joined(cell))
}

fn joined(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}

const TYPES: &[(Type, &[&str])] = &[
    (
        Type::Address,
        &[
            "ip",
            "ipaddress",
            "ipdst",
            "ipsrc",
            "ipv4",
            "ipv4addr",
            "ipv4address",
            "ipv6",
            "ipv6addr",
            "ipv6address",
        ],
    ),
    (Type::Host, &["dns", "domain", "domainname", "fqdn", "link", "url"]),
    (
        Type::Hash,
        &[
            "certificatethumbprint",
            "filehash",
            "filehashmd5",
            "filehashsha1",
            "filehashsha256",
            "filemd5",
            "filesha1",
            "filesha256",
            "hash",
            "hashes",
            "imphash",
            "md5",
            "md5hash",
            "sha1",
            "sha1hash",
            "sha2256",
            "sha256",
            "sha256hash",
        ],
    ),
    (Type::File, &["file", "filename", "filepath", "path", "process", "processname"]),
    (
        Type::Name,
        &[
            "cidr",
            "email",
            "emailaddr",
            "emailaddress",
            "emaildst",
            "emailsrc",
            "host",
            "hostname",
            "indicator",
            "ioc",
            "uri",
            "value",
        ],
    ),
    (
        Type::Text,
        &[
            "commandline",
            "mutex",
            "name",
            "registrykey",
            "regkey",
            "service",
            "servicename",
            "useragent",
            "windowsservicename",
            "yara",
        ],
    ),
    (Type::Beside, &["comment", "indicatortype", "ioctype", "port", "sizeinbytes", "text", "type"]),
];
/// What columns besides are called.
const HEADS: &[&str] = &[
    "address",
    "beschreibung",
    "category",
    "confidence",
    "date",
    "description",
    "family",
    "firstseen",
    "id",
    "indicatorvalue",
    "iocvalue",
    "kommentar",
    "lastseen",
    "malware",
    "note",
    "notes",
    "reference",
    "severity",
    "source",
    "size",
    "status",
    "tag",
    "tags",
    "threat",
    "threattype",
    "timestamp",
    "typ",
    "wert",
];
/// The categories of MISP.
const CATEGORIES: &[&str] = &[
    "antivirusdetection",
    "artifactsdropped",
    "attribution",
    "externalanalysis",
    "financialfraud",
    "internalreference",
    "networkactivity",
    "other",
    "payloaddelivery",
    "payloadinstallation",
    "payloadtype",
    "persistencemechanism",
    "person",
    "socialnetwork",
    "supporttool",
    "targetingdata",
];
